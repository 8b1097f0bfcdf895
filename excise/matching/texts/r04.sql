/*
id: R04
title_th: วัตถุดิบที่เบิกเทียบกับบัญชีวัตถุดิบ
title_en: Materials requisitioned against the account of materials
what_th: รวมปริมาณวัตถุดิบตามใบเบิกของเดือน เทียบกับยอดจ่ายในบัญชีวัตถุดิบ (ภส.07-01) และงบเดือน (ภส.07-04)
what_en: Adds up the requisitions of materials of the month and compares them with what the account of materials (ภส.07-01) and the monthly account (ภส.07-04) issued.
found_th: วัตถุดิบที่เบิกกับที่จ่ายออกจากบัญชีไม่ตรงกัน
found_en: Materials requisitioned and booked do not agree
declared_th: ยอดจ่ายตามบัญชี ภส.07-01 หรือ ภส.07-04
declared_en: Issued by account ภส.07-01 or ภส.07-04
evidence_th: ใบเบิกวัตถุดิบ
evidence_en: Requisitions of materials
key: taxpayer + material + form + month
subject: material
measure: units
severity: medium
needs: [requisitions, stock_lines]
declared_by: taxpayer
both_ways: true
source: The Department's audit worksheet of materials used (requisition - 07-01 - 07-04)
tolerances:
  - {from: 2017-09-16, share_bp: 100, least: 10000, why_th: ร้อยละ 1 และอย่างน้อยหนึ่งหน่วย เพราะการชั่งตวงวัดคลาดเคลื่อนได้, why_en: 1 % and at least one unit - weighing}
*/
WITH booked AS (
  SELECT form, tax_id, product_code, period, SUM(issued) AS units
  FROM stock_lines WHERE form IN ('0701', '0704') GROUP BY form, tax_id, product_code, period
),
forms AS (
  SELECT form, tax_id, period FROM booked WHERE form = '0701' GROUP BY form, tax_id, period
),
told_of AS (
  SELECT tax_id, material_code, period, SUM(units) AS units
  FROM requisitions GROUP BY tax_id, material_code, period
),
-- The monthly account is of goods and materials alike: it counts where it names the material.
asked AS (
  SELECT t.tax_id, t.material_code, t.period, '0701' AS form, t.units,
         f.tax_id IS NULL AS is_unbooked
  FROM told_of t LEFT JOIN forms f ON f.tax_id = t.tax_id AND f.period = t.period
  UNION ALL
  SELECT t.tax_id, t.material_code, t.period, '0704' AS form, t.units, FALSE AS is_unbooked
  FROM told_of t JOIN booked b ON b.tax_id = t.tax_id AND b.period = t.period
   AND b.product_code = t.material_code AND b.form = '0704'
)
SELECT COALESCE(a.tax_id, b.tax_id) AS tax_id, p.registration_id,
       CAST(NULL AS BIGINT) AS product_id,
       COALESCE(a.material_code, b.product_code) || '|' || COALESCE(a.form, b.form)
         AS product_code,
       COALESCE(a.period, b.period) AS period, 'requisitions' AS layout,
       b.units AS declared, a.units AS evidence,
       COALESCE(a.units, 0) - COALESCE(b.units, 0) AS difference,
       GREATEST(COALESCE(a.units, 0), COALESCE(b.units, 0)) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN a.is_unbooked THEN 'books-silent' ELSE '' END AS obstacle,
       '' AS verdict
FROM asked a
FULL OUTER JOIN (SELECT * FROM booked WHERE form = '0701' OR (tax_id, product_code, period) IN (
  SELECT tax_id, material_code, period FROM told_of)) b
  ON b.tax_id = a.tax_id AND b.product_code = a.material_code AND b.period = a.period
 AND b.form = a.form
LEFT JOIN payers p ON p.tax_id = COALESCE(a.tax_id, b.tax_id)
WHERE p.tax_id IS NOT NULL
