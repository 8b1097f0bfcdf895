/*
id: R13
title_th: ยอดขายหน้าร้านเทียบกับปริมาณที่ยื่นแบบ
title_en: Sales at the till against what was declared
what_th: ยอดขายหน้าร้าน (POS) ที่ได้รับรวม 3 เดือนต้องไม่เกินปริมาณที่ยื่นแบบใน 4 เดือนจนถึงเดือนนี้ ยอดหน้าร้านเป็นเพียงขั้นต่ำ จึงไม่ใช้ว่ายื่นเกิน
what_en: What tills told of three months may not exceed what was declared in the four months up to this one. Tills see a part only, so more declared than sold is no difference.
found_th: ร้านค้าขายมากกว่าปริมาณที่ยื่นแบบ
found_en: Shops sold more than was declared
declared_th: ปริมาณที่ยื่นแบบใน 4 เดือน
declared_en: Quantity declared in four months
evidence_th: ยอดขายหน้าร้าน 3 เดือน
evidence_en: Sales at the till in three months
key: product (GTIN), all regions together
subject: product
measure: units
severity: medium
needs: [retail_sales]
declared_by: return
tells_tax: true
of_everybody: true
months_back: 3
bridge_th: สินค้าคงเหลือในมือร้านค้าก่อนช่วงเวลานี้ไม่อยู่ในข้อมูล เดือนที่สี่จึงเผื่อไว้แทนสต็อกยกมา
bridge_en: What shops held before is not known; the fourth month stands in for their opening stock.
source: Design of the retail cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 200, least: 10000, why_th: ร้อยละ 2 และอย่างน้อยหนึ่งหน่วย เพราะสต็อกของร้านค้าและการสแกนคลาดเคลื่อน, why_en: 2 % and at least one unit - stock of shops and wrong scans}
*/
WITH sold AS (
  SELECT product_code, SUM(units) AS units FROM retail_sales
  WHERE product_code <> '' AND period <= $period AND period > CAST($period AS DATE) - INTERVAL '3' MONTH
  GROUP BY product_code
),
released AS (
  SELECT product_code, SUM(units) AS units FROM (
    SELECT product_code, units FROM declared
    WHERE product_code <> '' AND period <= $period
    UNION ALL
    SELECT product_code, units FROM declared_before
  ) AS all_of GROUP BY product_code
),
makers AS (
  SELECT product_code, COUNT(DISTINCT tax_id) AS makers, MIN(product_id) AS product_id
  FROM products WHERE product_code <> '' GROUP BY product_code
)
SELECT q.tax_id, q.registration_id, q.product_id, s.product_code,
       CAST($period AS DATE) AS period, 'retail_sales' AS layout,
       r.units AS declared, s.units AS evidence,
       -- The tills see a part only: less than was released is no difference.
       CASE WHEN s.units > COALESCE(r.units, 0) THEN s.units - COALESCE(r.units, 0) ELSE 0 END
         AS difference,
       COALESCE(r.units, 0) AS base,
       CASE WHEN m.makers > 1 THEN 'shared-barcode' ELSE '' END AS obstacle, '' AS verdict
FROM sold s
JOIN makers m ON m.product_code = s.product_code
JOIN products q ON q.product_id = m.product_id
LEFT JOIN released r ON r.product_code = s.product_code
