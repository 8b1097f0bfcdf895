/*
id: R05
title_th: ผลตรวจนับเทียบกับยอดคงเหลือตามบัญชี
title_en: Physical count against the book balance
what_th: นำผลตรวจนับสินค้าหรือวัตถุดิบเทียบกับยอดคงเหลือในบัญชี (ภส.07-01 หรือ ภส.07-02) ล่าสุดไม่เกินวันตรวจนับ
what_en: Compares the physical count of goods or materials with the last book balance (ภส.07-01 or ภส.07-02) up to that day.
found_th: ของที่นับได้ไม่ตรงกับยอดคงเหลือตามบัญชี
found_en: What was counted is not what the books say
declared_th: ยอดคงเหลือตามบัญชี
declared_en: Book balance
evidence_th: ผลตรวจนับ
evidence_en: Physical count
key: establishment + item + day of the count
subject: product
measure: units
severity: high
needs: [stock_counts, stock_lines]
declared_by: taxpayer
both_ways: true
source: The Department's audit worksheet of balances (07-01 - warehouse - count)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 10000, why_th: ร้อยละ 0.5 ของยอดตามบัญชี และอย่างน้อยหนึ่งหน่วย ตามส่วนสูญเสียปกติ (กำหนดไว้ชั่วคราว), why_en: 0.5 % of the book balance and at least one unit - usual loss (assumed until the Department sets one)}
*/
WITH counted AS (
  SELECT tax_id, registration_no, product_code, counted_on, period, SUM(units) AS units
  FROM stock_counts GROUP BY tax_id, registration_no, product_code, counted_on, period
),
-- The last balance up to the day of the count, of the goods' or the materials' account.
balances AS (
  SELECT c.tax_id, c.registration_no, c.product_code, c.counted_on, s.closing,
         ROW_NUMBER() OVER (
           PARTITION BY c.tax_id, c.registration_no, c.product_code, c.counted_on
           ORDER BY s.day_on DESC, s.form
         ) AS turn
  FROM counted c
  JOIN stock_lines s ON s.tax_id = c.tax_id AND s.registration_no = c.registration_no
   AND s.product_code = c.product_code AND s.day_on <= c.counted_on
   AND s.form IN ('0701', '0702')
)
SELECT c.tax_id, COALESCE(l.registration_id, p.registration_id) AS registration_id, k.product_id,
       c.product_code || '|' || CAST(c.counted_on AS VARCHAR) || '|' || c.registration_no
         AS product_code,
       c.period, '' AS layout, b.closing AS declared, c.units AS evidence,
       c.units - COALESCE(b.closing, 0) AS difference, COALESCE(b.closing, 0) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN b.tax_id IS NULL THEN 'books-silent' ELSE '' END AS obstacle,
       '' AS verdict
FROM counted c
LEFT JOIN balances b ON b.tax_id = c.tax_id AND b.registration_no = c.registration_no
 AND b.product_code = c.product_code AND b.counted_on = c.counted_on AND b.turn = 1
LEFT JOIN payers p ON p.tax_id = c.tax_id
LEFT JOIN places l ON l.tax_id = c.tax_id AND l.registration_no = c.registration_no
LEFT JOIN known k ON k.tax_id = c.tax_id AND k.product_code = c.product_code
