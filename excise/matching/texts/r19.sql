/*
id: R19
title_th: ความต่อเนื่องของบัญชีสินค้าและวัตถุดิบ
title_en: Identity of the stock accounts
what_th: ยอดยกมาบวกรับหักจ่ายและสูญเสียต้องเท่ากับยอดคงเหลือ และยอดยกมาต้องเท่ากับยอดคงเหลือของวันก่อน
what_en: Opening plus received less issued and lost is the closing balance, and each opening is the closing balance before it.
found_th: บัญชีไม่ต่อเนื่อง
found_en: The account does not hold together
declared_th: ส่วนที่ขาดความต่อเนื่องที่ยอมรับได้
declared_en: Gap that may be
evidence_th: ส่วนที่บัญชีไม่ต่อเนื่องรวมทั้งเดือน
evidence_en: All gaps of the month together
key: establishment + account + item + month
subject: product
measure: units
severity: high
needs: [stock_lines]
declared_by: taxpayer
source: ภส.07-01, 07-02 and 07-04 (forms of account)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH kept AS (
  SELECT form, tax_id, registration_no, product_code, period, opening, received, issued, lost, closing,
         LAG(closing) OVER (
           PARTITION BY form, tax_id, registration_no, product_code ORDER BY day_on, receipt_no
         ) AS closed_before
  FROM stock_lines
),
gaps AS (
  SELECT form, tax_id, registration_no, product_code, period,
         SUM(ABS(opening + received - issued - lost - closing)) AS within,
         SUM(ABS(opening - COALESCE(closed_before, opening))) AS between_days
  FROM kept WHERE period = $period GROUP BY form, tax_id, registration_no, product_code, period
)
SELECT g.tax_id, COALESCE(l.registration_id, k.registration_id, p.registration_id)
         AS registration_id, k.product_id,
       g.product_code || '|' || g.form || '|' || g.registration_no AS product_code, g.period,
       '' AS layout, CAST(0 AS BIGINT) AS declared, g.within + g.between_days AS evidence,
       g.within + g.between_days AS difference, 0 AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id' ELSE '' END AS obstacle, '' AS verdict
FROM gaps g
LEFT JOIN payers p ON p.tax_id = g.tax_id
LEFT JOIN places l ON l.tax_id = g.tax_id AND l.registration_no = g.registration_no
LEFT JOIN known k ON k.tax_id = g.tax_id AND k.product_code = g.product_code
