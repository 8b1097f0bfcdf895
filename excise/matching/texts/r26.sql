/*
id: R26
title_th: สินค้าที่ส่งเทียบกับที่รับในการขนย้ายในทัณฑ์บน
title_en: Goods dispatched against goods received in bond
what_th: ปริมาณที่ส่งออกจากคลังในใบขนย้ายหนึ่งต้องเท่ากับปริมาณที่ปลายทางรับ การขาดหรือเกินต้องมีคำอธิบาย
what_en: What a movement in bond dispatched is what was received; a shortage or an excess needs an explanation.
found_th: ปริมาณที่รับไม่เท่ากับปริมาณที่ส่ง
found_en: What was received is not what was dispatched
declared_th: ปริมาณที่ปลายทางรับ
declared_en: Received
evidence_th: ปริมาณที่ส่ง
evidence_en: Dispatched
key: movement no. + product
subject: movement
measure: units
severity: high
needs: [bond_movements]
declared_by: taxpayer
both_ways: true
tells_tax: true
source: Design of the movement check
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: การขาดหรือเกินทุกกรณีต้องมีคำอธิบาย, why_en: every shortage or excess needs an explanation}
*/
WITH moved AS (
  SELECT tax_id, registration_no, movement_no, product_code, period, SUM(dispatched) AS dispatched,
         SUM(received) AS received, MAX(CASE WHEN received IS NULL THEN 1 ELSE 0 END) AS is_open
  FROM bond_movements GROUP BY tax_id, registration_no, movement_no, product_code, period
)
SELECT m.tax_id, COALESCE(l.registration_id, k.registration_id, p.registration_id)
         AS registration_id, k.product_id,
       m.movement_no || '|' || m.product_code AS product_code, m.period, '' AS layout,
       m.received AS declared, m.dispatched AS evidence,
       m.dispatched - COALESCE(m.received, 0) AS difference, m.dispatched AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN m.is_open = 1 THEN 'in-transit' ELSE '' END AS obstacle, '' AS verdict
FROM moved m
LEFT JOIN payers p ON p.tax_id = m.tax_id
LEFT JOIN places l ON l.tax_id = m.tax_id AND l.registration_no = m.registration_no
LEFT JOIN known k ON k.tax_id = m.tax_id AND k.product_code = m.product_code
