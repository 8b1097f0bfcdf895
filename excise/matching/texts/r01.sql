/*
id: R01
title_th: ปริมาณตามใบกำกับภาษีขายและบัญชีสินค้าเทียบกับแบบรายการภาษี
title_en: Quantity on tax invoices and in stock accounts against the return
what_th: รวมปริมาณสินค้าในใบกำกับภาษีขายของเดือน ปริมาณจ่ายตามบัญชีประจำวัน (ภส.07-02) และงบเดือน (ภส.07-04) แล้วนำปริมาณที่มากที่สุดเทียบกับปริมาณที่แสดงไว้ในแบบ ภส.03-07 ของเดือนเดียวกัน
what_en: Adds up the quantity sold by tax invoice in the month, and what the daily (ภส.07-02) and monthly (ภส.07-04) accounts issued, and compares the largest of the three with the quantity declared on ภส.03-07 for that month.
found_th: ปริมาณที่ขายหรือจ่ายออกมากกว่าปริมาณที่ยื่นแบบ
found_en: More was sold or issued than was declared
declared_th: ปริมาณในแบบรายการภาษีของเดือน
declared_en: Quantity in the returns for the month
evidence_th: ใบกำกับภาษีขาย บัญชี ภส.07-02 หรืองบเดือน ภส.07-04 (ค่ามากที่สุด)
evidence_en: Tax invoices, account ภส.07-02 or monthly statement ภส.07-04 (the largest)
key: taxpayer + product (GTIN) + month
subject: product
measure: units
severity: high
needs: [vat_sales, stock_lines]
declared_by: return
tells_tax: true
source: The Department's audit worksheet of sales (sales tax invoice - audit - 07-04 - 03-07)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 10000, why_th: ร้อยละ 0.5 ของฝั่งที่มากกว่า และอย่างน้อยหนึ่งหน่วย เพราะการนับและการตัดยอดคลาดเคลื่อนได้, why_en: 0.5 % of the larger side and at least one unit - counting and closing errors}
*/
WITH said AS (
  SELECT tax_id, product_code, period, SUM(units) AS units, 'vat_sales' AS layout
  FROM vat_sales WHERE product_code <> '' GROUP BY tax_id, product_code, period
  UNION ALL
  SELECT tax_id, product_code, period, SUM(issued) AS units, 'stock_lines' AS layout
  FROM stock_lines WHERE form IN ('0702', '0704') GROUP BY form, tax_id, product_code, period
),
-- Invoices lead where they say as much as the accounts; their silence is then what counts.
sold AS (
  SELECT tax_id, product_code, period, MAX(units) AS units,
         MAX(CASE WHEN layout = 'vat_sales' THEN units END) AS invoiced
  FROM said GROUP BY tax_id, product_code, period
),
returned AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM declared WHERE product_code <> '' GROUP BY tax_id, product_code, period
)
SELECT COALESCE(s.tax_id, r.tax_id) AS tax_id,
       COALESCE(k.registration_id, p.registration_id) AS registration_id, k.product_id,
       COALESCE(s.product_code, r.product_code) AS product_code,
       COALESCE(s.period, r.period) AS period,
       CASE WHEN s.units IS NULL OR s.invoiced = s.units THEN 'vat_sales' ELSE 'stock_lines' END
         AS layout,
       r.units AS declared, s.units AS evidence,
       COALESCE(s.units, 0) - COALESCE(r.units, 0) AS difference,
       GREATEST(COALESCE(s.units, 0), COALESCE(r.units, 0)) AS base,
       CASE WHEN k.tax_id IS NULL THEN 'unknown-product' ELSE '' END AS obstacle,
       '' AS verdict
FROM sold s
FULL OUTER JOIN returned r
  ON r.tax_id = s.tax_id AND r.product_code = s.product_code AND r.period = s.period
LEFT JOIN known k
  ON k.tax_id = COALESCE(s.tax_id, r.tax_id)
 AND k.product_code = COALESCE(s.product_code, r.product_code)
-- Whoever is not registered with us is R11's to name, once.
JOIN payers p ON p.tax_id = COALESCE(s.tax_id, r.tax_id)
