/*
id: R14
title_th: แสตมป์ที่จ่าย คืน ชำรุด และปิดสินค้า
title_en: Stamps issued, returned, damaged and used
what_th: หมายเลขแสตมป์ทุกดวงต้องจ่ายให้รายเดียวและใช้ครั้งเดียว แสตมป์ที่ปิด คืน หรือชำรุดต้องอยู่ในช่วงที่จ่าย และจำนวนที่ปิดต้องเท่ากับผลผลิตในบัญชี ภส.07-02
what_en: Each serial is issued to one and used once; stamps used, returned or damaged lie in a range that was issued, and those used equal the output of account ภส.07-02.
found_th: หมายเลขแสตมป์ซ้อนกัน อยู่นอกช่วงที่จ่าย หรือจำนวนไม่ตรงกับผลผลิต
found_en: Serials overlap, were never issued, or do not equal the output
declared_th: จำนวนที่จ่ายไว้ หรือผลผลิตตามบัญชี
declared_en: Stamps issued, or output by the account
evidence_th: จำนวนที่แจ้งว่าใช้ คืน ชำรุด หรือซ้ำ
evidence_en: Stamps told as used, returned, damaged or twice
key: interval of serials; product + month
subject: stamp
measure: stamps
severity: critical
needs: [stamp_ranges, stock_lines]
declared_by: taxpayer
both_ways: true
months_back: 36
of_everybody: true
source: Design of the stamp register (issued - returned - damaged - closing = packed = declared)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH issued AS (
  SELECT * FROM stamp_ranges WHERE event = 'issued'
),
used AS (
  SELECT * FROM stamp_ranges WHERE event IN ('returned', 'damaged', 'packed')
),
-- Serials told of twice: issued to two, or used up twice.
twice AS (
  SELECT y.tax_id, y.registration_no, y.product_code AS gtin, y.period,
         GREATEST(x.serial_from, y.serial_from) AS first_no,
         LEAST(x.serial_to, y.serial_to) AS last_no
  FROM stamp_ranges y JOIN stamp_ranges x
    ON x.serial_from <= y.serial_to AND y.serial_from <= x.serial_to
   AND (x.event = 'issued') = (y.event = 'issued')
   AND (x.event_on < y.event_on OR (x.event_on = y.event_on
     AND (x.serial_from < y.serial_from OR (x.serial_from = y.serial_from
       AND (x.event < y.event OR (x.event = y.event AND x.receipt_no < y.receipt_no))))))
  WHERE y.period = $period
),
covered AS (
  SELECT u.tax_id, u.registration_no, u.product_code AS gtin, u.period, u.serial_from, u.serial_to,
         u.event, u.serial_to - u.serial_from + 1 AS stamps,
         COALESCE(SUM(LEAST(u.serial_to, i.serial_to) - GREATEST(u.serial_from, i.serial_from) + 1),
           0) AS issued
  FROM used u LEFT JOIN issued i ON i.tax_id = u.tax_id AND i.product_code = u.product_code
   AND i.serial_from <= u.serial_to AND u.serial_from <= i.serial_to AND i.event_on <= u.event_on
  WHERE u.period = $period
  GROUP BY u.tax_id, u.registration_no, u.product_code, u.period, u.serial_from, u.serial_to, u.event
),
packed AS (
  SELECT tax_id, product_code, period, SUM(serial_to - serial_from + 1) AS stamps
  FROM used WHERE event = 'packed' GROUP BY tax_id, product_code, period
),
made AS (
  SELECT tax_id, product_code, period, SUM(received) // 10000 AS units
  FROM stock_lines WHERE form = '0702' GROUP BY tax_id, product_code, period
),
keeps AS (
  SELECT tax_id, period FROM made GROUP BY tax_id, period
),
found AS (
  SELECT tax_id, MIN(gtin) AS gtin, period,
         CAST(first_no AS VARCHAR) || '|' || CAST(last_no AS VARCHAR) || '|2' AS product_code,
         CAST(0 AS BIGINT) AS declared, MAX(last_no - first_no + 1) AS evidence, 0 AS base,
         '' AS obstacle, 'duplicate-in-source' AS verdict
  FROM twice GROUP BY tax_id, period, first_no, last_no
  UNION ALL
  SELECT tax_id, MIN(gtin) AS gtin, period,
         CAST(serial_from AS VARCHAR) || '|' || CAST(serial_to AS VARCHAR) || '|' || event
           AS product_code,
         MAX(LEAST(issued, stamps)) AS declared, MAX(stamps) AS evidence, 0 AS base,
         CASE WHEN tax_id IN (SELECT tax_id FROM issued) THEN '' ELSE 'source-silent' END
           AS obstacle, '' AS verdict
  FROM covered GROUP BY tax_id, period, serial_from, serial_to, event
  UNION ALL
  SELECT COALESCE(a.tax_id, m.tax_id) AS tax_id, COALESCE(a.product_code, m.product_code) AS gtin,
         COALESCE(a.period, m.period) AS period,
         COALESCE(a.product_code, m.product_code) AS product_code, m.units AS declared,
         a.stamps AS evidence, COALESCE(m.units, 0) AS base,
         CASE WHEN s.tax_id IS NULL THEN 'books-silent' ELSE '' END AS obstacle, '' AS verdict
  FROM packed a
  FULL OUTER JOIN (
    SELECT * FROM made WHERE (tax_id, product_code) IN (SELECT tax_id, product_code FROM issued)
  ) m ON m.tax_id = a.tax_id AND m.product_code = a.product_code AND m.period = a.period
  LEFT JOIN keeps s ON s.tax_id = COALESCE(a.tax_id, m.tax_id)
   AND s.period = COALESCE(a.period, m.period)
)
SELECT f.tax_id, COALESCE(k.registration_id, p.registration_id) AS registration_id, k.product_id,
       f.product_code, f.period, '' AS layout, f.declared, f.evidence,
       COALESCE(f.evidence, 0) - COALESCE(f.declared, 0) AS difference, f.base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id' ELSE f.obstacle END AS obstacle, f.verdict
FROM found f
LEFT JOIN payers p ON p.tax_id = f.tax_id
LEFT JOIN known k ON k.tax_id = f.tax_id AND k.product_code = f.gtin
