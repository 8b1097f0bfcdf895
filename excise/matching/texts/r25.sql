/*
id: R25
title_th: เอกสารที่ใช้ในคำขอมากกว่าหนึ่งครั้ง
title_en: Documents used in more than one claim
what_th: ใบขนสินค้าหรือเอกสารฉบับหนึ่งใช้ขอยกเว้น ลดหย่อน หรือคืนภาษีได้ในคำขอเดียว
what_en: A declaration or document may be used in one claim only.
found_th: เอกสารเดียวกันใช้ในหลายคำขอ
found_en: One document is used in several claims
declared_th: ใช้ได้
declared_en: May be used
evidence_th: ใช้แล้ว
evidence_en: Was used
key: document no.
subject: document
measure: count
severity: high
reads: [claims]
declared_by: department
of_everybody: true
source: The Department's audit worksheet of claims (05-01, 05-03)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH used AS (
  SELECT declaration_no AS document_no, claim_no, tax_id, registration_id, period
  FROM claims WHERE declaration_no <> ''
),
counted AS (
  SELECT document_no, COUNT(DISTINCT claim_no) AS times, MAX(period) AS period
  FROM used GROUP BY document_no
)
SELECT MIN(u.tax_id) AS tax_id, MIN(u.registration_id) AS registration_id,
       CAST(NULL AS BIGINT) AS product_id, c.document_no AS product_code, c.period, '' AS layout,
       CAST(1 AS BIGINT) AS declared, c.times AS evidence, c.times - 1 AS difference, 0 AS base,
       '' AS obstacle, 'duplicate-in-source' AS verdict
FROM counted c JOIN used u ON u.document_no = c.document_no AND u.period = c.period
GROUP BY c.document_no, c.times, c.period
