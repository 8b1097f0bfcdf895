/*
id: R01
title_th: ปริมาณตามใบกำกับภาษีขายเทียบกับแบบรายการภาษี
title_en: Quantity on tax invoices against the return
what_th: รวมปริมาณสินค้าในใบกำกับภาษีขายของเดือน เทียบกับปริมาณที่แสดงไว้ในแบบ ภส.03-07 ของเดือนเดียวกัน
what_en: Adds up the quantity sold by tax invoice in the month and compares it with the quantity declared on ภส.03-07 for that month.
key: taxpayer + product (GTIN) + month
measure: units
source: The Department's audit worksheet of sales (sales tax invoice - audit - 07-04 - 03-07)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 10000, why: 0.5 % of the larger side and at least one unit - counting and closing errors}
*/
WITH sold AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM vat_sales WHERE product_code <> '' GROUP BY tax_id, product_code, period
),
returned AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM declared WHERE product_code <> '' GROUP BY tax_id, product_code, period
),
-- Two establishments may make one product: their sum is compared, the first leads the case.
known AS (
  SELECT tax_id, product_code,
         MIN(product_id) AS product_id, ARG_MIN(registration_id, product_id) AS registration_id
  FROM products WHERE product_code <> '' GROUP BY tax_id, product_code
)
SELECT COALESCE(s.tax_id, r.tax_id) AS tax_id,
       k.registration_id, k.product_id,
       COALESCE(s.product_code, r.product_code) AS product_code,
       COALESCE(s.period, r.period) AS period,
       r.units AS declared, s.units AS evidence,
       COALESCE(s.units, 0) - COALESCE(r.units, 0) AS difference,
       GREATEST(COALESCE(s.units, 0), COALESCE(r.units, 0)) AS base,
       CASE WHEN k.tax_id IS NULL THEN 'unknown-product' ELSE '' END AS obstacle
FROM sold s
FULL OUTER JOIN returned r
  ON r.tax_id = s.tax_id AND r.product_code = s.product_code AND r.period = s.period
LEFT JOIN known k
  ON k.tax_id = COALESCE(s.tax_id, r.tax_id)
 AND k.product_code = COALESCE(s.product_code, r.product_code)
-- Whoever is not registered with us is R11's to name, once.
WHERE COALESCE(s.tax_id, r.tax_id) IN (SELECT tax_id FROM payers)
