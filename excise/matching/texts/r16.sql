/*
id: R16
title_th: รถจดทะเบียนใหม่เทียบกับแบบรายการภาษี
title_en: New vehicles registered against the returns
what_th: จำนวนรถใหม่ที่จดทะเบียนในเดือนต้องไม่เกินจำนวนที่ผู้ผลิตหรือผู้นำเข้ายื่นแบบไว้ตั้งแต่สามเดือนก่อน หมายเลขตัวรถที่จดซ้ำหรือไม่รู้จักสินค้าจะแสดงเป็นรายคัน
what_en: The new vehicles registered in a month may not be more than their maker or importer declared since three months before. Vehicles registered twice, or of no known product, are named by their VIN.
found_th: รถที่จดทะเบียนมากกว่าจำนวนที่ยื่นแบบ หรือจดทะเบียนซ้ำ
found_en: More vehicles were registered than declared, or one was registered twice
declared_th: จำนวนรถในแบบรายการภาษี
declared_en: Vehicles in the returns
evidence_th: รถใหม่ที่จดทะเบียน
evidence_en: New vehicles registered
key: taxpayer + product + month; VIN where it is doubtful
subject: vehicle
measure: units
severity: high
needs: [vehicle_registrations]
declared_by: return
tells_tax: true
months_back: 3
bridge_th: แบบรายการภาษีไม่ระบุหมายเลขตัวรถ จึงนับเป็นรายรุ่น
bridge_en: Returns name no VIN, so the vehicles of a model are counted.
source: Design of the vehicle cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH registered AS (
  SELECT vin, period, MIN(tax_id) AS tax_id, MIN(product_code) AS product_code, COUNT(*) AS times
  FROM vehicle_registrations WHERE period <= $period GROUP BY vin, period
),
on_the_road AS (
  SELECT tax_id, product_code, period, COUNT(*) * 10000 AS units
  FROM registered WHERE product_code <> '' AND period = $period
  GROUP BY tax_id, product_code, period
),
-- A vehicle is made or brought in up to some months before it is registered.
released AS (
  SELECT tax_id, product_code, SUM(units) AS units FROM (
    SELECT tax_id, product_code, units FROM declared WHERE product_code <> ''
    UNION ALL
    SELECT tax_id, product_code, units FROM declared_before
  ) AS all_of GROUP BY tax_id, product_code
)
SELECT o.tax_id, k.registration_id, k.product_id, o.product_code, o.period,
       'vehicle_registrations' AS layout, r.units AS declared, o.units AS evidence,
       CASE WHEN o.units > COALESCE(r.units, 0) THEN o.units - COALESCE(r.units, 0) ELSE 0 END
         AS difference,
       0 AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN k.tax_id IS NULL THEN 'unknown-product' ELSE '' END AS obstacle, '' AS verdict
FROM on_the_road o
LEFT JOIN payers p ON p.tax_id = o.tax_id
LEFT JOIN known k ON k.tax_id = o.tax_id AND k.product_code = o.product_code
LEFT JOIN released r ON r.tax_id = o.tax_id AND r.product_code = o.product_code
UNION ALL
SELECT v.tax_id, p.registration_id, CAST(NULL AS BIGINT) AS product_id, v.vin AS product_code,
       v.period, 'vehicle_registrations' AS layout, CAST(10000 AS BIGINT) AS declared,
       v.times * 10000 AS evidence, (v.times - 1) * 10000 AS difference, 0 AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN v.product_code = '' THEN 'unknown-product' ELSE '' END AS obstacle,
       CASE WHEN v.times > 1 THEN 'duplicate-in-source' ELSE '' END AS verdict
FROM registered v LEFT JOIN payers p ON p.tax_id = v.tax_id
WHERE v.period = $period AND (v.times > 1 OR v.product_code = '')
