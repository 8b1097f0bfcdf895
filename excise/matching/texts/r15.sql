/*
id: R15
title_th: แสตมป์ที่ตรวจพบ ณ ร้านค้า
title_en: Stamps scanned at retail
what_th: หมายเลขแสตมป์ที่ตรวจพบ ณ ร้านค้าต้องเป็นแสตมป์ที่ปิดสินค้าชนิดนั้นแล้ว ไม่ใช่ที่คืนหรือชำรุด และพบได้แห่งเดียว
what_en: A serial seen at a shop was used on this very product, was not returned or damaged, and is seen in one place only.
found_th: แสตมป์ไม่เคยจ่าย ใช้กับสินค้าอื่น คืนหรือชำรุดแล้ว หรือพบหลายแห่ง
found_en: The stamp was never used up, is of another product, was returned or damaged, or is seen in several places
declared_th: แสตมป์ที่ปิดสินค้าตามทะเบียน
declared_en: Used by the register
evidence_th: พบ ณ ร้านค้า
evidence_en: Seen at shops
key: serial
subject: stamp
measure: stamps
severity: critical
needs: [stamp_scans, stamp_ranges]
declared_by: department
months_back: 36
of_everybody: true
source: Design of the stamp register
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH seen AS (
  SELECT serial, period, MIN(product_code) AS product_code, COUNT(DISTINCT place) AS places,
         COUNT(DISTINCT product_code) AS products
  FROM stamp_scans WHERE period = $period GROUP BY serial, period
),
places_of AS (
  SELECT serial, COUNT(DISTINCT place) AS places FROM stamp_scans GROUP BY serial
),
packed AS (
  SELECT * FROM stamp_ranges WHERE event = 'packed'
),
gone AS (
  SELECT * FROM stamp_ranges WHERE event IN ('returned', 'damaged')
),
stated AS (
  SELECT s.serial, s.period, MIN(a.tax_id) AS tax_id, MIN(a.product_code) AS gtin,
         MAX(CASE WHEN a.tax_id IS NOT NULL THEN 1 ELSE 0 END) AS is_packed,
         MAX(CASE WHEN g.tax_id IS NOT NULL THEN 1 ELSE 0 END) AS is_gone,
         MAX(CASE WHEN a.product_code <> s.product_code AND s.product_code <> '' THEN 1 ELSE 0 END)
           AS is_other,
         MAX(n.places) AS places
  FROM seen s
  JOIN places_of n ON n.serial = s.serial
  LEFT JOIN packed a ON s.serial BETWEEN a.serial_from AND a.serial_to
  LEFT JOIN gone g ON s.serial BETWEEN g.serial_from AND g.serial_to
  GROUP BY s.serial, s.period
)
SELECT COALESCE(s.tax_id, '') AS tax_id,
       COALESCE(k.registration_id, p.registration_id) AS registration_id, k.product_id,
       CAST(s.serial AS VARCHAR) AS product_code, s.period, 'stamp_scans' AS layout,
       CAST(s.is_packed AS BIGINT) AS declared,
       CASE WHEN s.is_packed = 1 AND s.is_gone = 0 AND s.is_other = 0
              THEN CAST(s.places AS BIGINT) ELSE s.is_packed + 1 END AS evidence,
       CASE WHEN s.is_packed = 1 AND s.is_gone = 0 AND s.is_other = 0
              THEN CAST(s.places AS BIGINT) - 1 ELSE 1 END AS difference,
       0 AS base,
       CASE WHEN NOT EXISTS (SELECT 1 FROM packed) THEN 'source-silent'
            WHEN s.tax_id IS NOT NULL AND p.tax_id IS NULL THEN 'unknown-tax-id'
            ELSE '' END AS obstacle,
       CASE WHEN s.is_packed = 1 AND s.is_gone = 0 AND s.is_other = 0 AND s.places > 1
              THEN 'duplicate-in-source' ELSE '' END AS verdict
FROM stated s
LEFT JOIN payers p ON p.tax_id = s.tax_id
LEFT JOIN known k ON k.tax_id = s.tax_id AND k.product_code = s.gtin
