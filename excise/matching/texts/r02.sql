/*
id: R02
title_th: ใบรับสินค้าเทียบกับบัญชีสินค้า
title_en: Goods received against the stock accounts
what_th: รวมปริมาณในใบรับสินค้าเข้าคลังของเดือน เทียบกับยอดรับในบัญชีประจำวัน (ภส.07-02) และงบเดือน (ภส.07-04)
what_en: Adds up the warehouse receipt notes of the month and compares them with what the daily (ภส.07-02) and the monthly (ภส.07-04) account received.
found_th: ยอดรับสินค้าตามใบรับกับตามบัญชีไม่ตรงกัน
found_en: Receipt notes and accounts do not agree
declared_th: ยอดรับตามบัญชี ภส.07-02 หรือ ภส.07-04
declared_en: Received by account ภส.07-02 or ภส.07-04
evidence_th: ใบรับสินค้าเข้าคลัง
evidence_en: Warehouse receipt notes
key: taxpayer + product (GTIN) + form + month
subject: product
measure: units
severity: medium
needs: [goods_receipts, stock_lines]
declared_by: taxpayer
both_ways: true
source: The Department's audit worksheet of goods received (receipt note - 07-04 - 07-02)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 10000, why_th: ร้อยละ 0.5 และอย่างน้อยหนึ่งหน่วย เพราะสินค้าที่รับคาบเกี่ยววันอาจลงบัญชีต่างวัน, why_en: 0.5 % and at least one unit - goods received around midnight}
*/
WITH booked AS (
  SELECT form, tax_id, product_code, period, SUM(received) AS units
  FROM stock_lines WHERE form IN ('0702', '0704') GROUP BY form, tax_id, product_code, period
),
forms AS (
  SELECT form, tax_id, period FROM booked GROUP BY form, tax_id, period
),
noted AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM goods_receipts GROUP BY tax_id, product_code, period
),
-- A note is held against each form that the taxpayer keeps; against none, it says so.
asked AS (
  SELECT n.tax_id, n.product_code, n.period, f.form, n.units
  FROM noted n LEFT JOIN forms f ON f.tax_id = n.tax_id AND f.period = n.period
)
SELECT COALESCE(a.tax_id, b.tax_id) AS tax_id, COALESCE(k.registration_id, p.registration_id)
         AS registration_id, k.product_id,
       COALESCE(a.product_code, b.product_code) || '|' || COALESCE(a.form, b.form, '')
         AS product_code,
       COALESCE(a.period, b.period) AS period, 'goods_receipts' AS layout,
       b.units AS declared, a.units AS evidence,
       COALESCE(a.units, 0) - COALESCE(b.units, 0) AS difference,
       GREATEST(COALESCE(a.units, 0), COALESCE(b.units, 0)) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN COALESCE(a.form, b.form) IS NULL THEN 'books-silent'
            WHEN k.tax_id IS NULL THEN 'unknown-product' ELSE '' END AS obstacle,
       '' AS verdict
FROM asked a
FULL OUTER JOIN booked b
  ON b.tax_id = a.tax_id AND b.product_code = a.product_code AND b.period = a.period
 AND b.form = a.form
LEFT JOIN payers p ON p.tax_id = COALESCE(a.tax_id, b.tax_id)
LEFT JOIN known k ON k.tax_id = COALESCE(a.tax_id, b.tax_id)
 AND k.product_code = COALESCE(a.product_code, b.product_code)
