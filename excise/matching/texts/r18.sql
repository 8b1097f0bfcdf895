/*
id: R18
title_th: มาตรวัดคลังน้ำมันเทียบกับแบบรายการภาษี
title_en: Fuel terminals' meters against the return
what_th: รวมปริมาณที่มาตรวัดของคลังน้ำมันทุกแห่งวัดได้ในเดือน เทียบกับปริมาณที่ยื่นแบบ ภส.03-07
what_en: Adds up what the meters of all terminals measured in the month and compares it with the quantity declared on ภส.03-07.
found_th: มาตรวัดได้มากกว่าปริมาณที่ยื่นแบบ
found_en: The meters measured more than was declared
declared_th: ปริมาณในแบบรายการภาษีของเดือน
declared_en: Quantity in the returns for the month
evidence_th: ปริมาณจากมาตรวัดของคลังน้ำมัน
evidence_en: Volume by the terminals' meters
key: taxpayer + product + month
subject: product
measure: units
severity: high
needs: [terminal_meters]
declared_by: return
tells_tax: true
bridge_th: แบบรายการภาษีไม่ระบุคลังและวันจ่าย จึงรวมทุกคลังทั้งเดือน
bridge_en: Returns name neither terminal nor day, so all terminals of the month are added up.
source: Design of the fuel cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 30, least: 10000, why_th: ร้อยละ 0.3 เพราะอุณหภูมิและความแม่นยำของมาตรวัด, why_en: 0.3 % - temperature and accuracy of meters}
*/
WITH metered AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM terminal_meters GROUP BY tax_id, product_code, period
),
returned AS (
  SELECT d.tax_id, d.product_code, d.period, SUM(d.units) AS units
  FROM declared d WHERE d.product_code <> '' GROUP BY d.tax_id, d.product_code, d.period
),
-- Only what terminals meter at all is theirs to compare.
metered_ever AS (
  SELECT tax_id, product_code FROM metered GROUP BY tax_id, product_code
)
SELECT COALESCE(m.tax_id, r.tax_id) AS tax_id,
       COALESCE(k.registration_id, p.registration_id) AS registration_id, k.product_id,
       COALESCE(m.product_code, r.product_code) AS product_code,
       COALESCE(m.period, r.period) AS period, 'terminal_meters' AS layout,
       r.units AS declared, m.units AS evidence,
       COALESCE(m.units, 0) - COALESCE(r.units, 0) AS difference,
       GREATEST(COALESCE(m.units, 0), COALESCE(r.units, 0)) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN k.tax_id IS NULL THEN 'unknown-product' ELSE '' END AS obstacle,
       '' AS verdict
FROM metered m
FULL OUTER JOIN (
  SELECT r.* FROM returned r JOIN metered_ever e
    ON e.tax_id = r.tax_id AND e.product_code = r.product_code
) r ON r.tax_id = m.tax_id AND r.product_code = m.product_code AND r.period = m.period
LEFT JOIN payers p ON p.tax_id = COALESCE(m.tax_id, r.tax_id)
LEFT JOIN known k ON k.tax_id = COALESCE(m.tax_id, r.tax_id)
 AND k.product_code = COALESCE(m.product_code, r.product_code)
