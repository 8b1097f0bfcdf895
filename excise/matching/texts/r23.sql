/*
id: R23
title_th: ทะเบียนสรรพสามิตเทียบกับทะเบียนนิติบุคคล
title_en: Excise register against the register of juristic persons
what_th: เทียบชื่อและสถานะของผู้เสียภาษีกับทะเบียนนิติบุคคลล่าสุด ผู้ที่เลิก ระงับ หรือไม่มีตัวตนแต่ยังยื่นแบบจะถูกแสดง ชื่อที่ไม่ตรงกันถือว่ายังยืนยันตัวตนไม่ได้
what_en: Compares a taxpayer's name and status with the latest register of juristic persons. Who is dissolved, suspended or absent and still files is shown; another name means that the identity is not settled.
found_th: ทะเบียนนิติบุคคลไม่มีสถานะดำเนินกิจการ แต่ยังยื่นแบบ
found_en: Not active in the register of juristic persons, but filing
declared_th: แบบที่ยื่นได้
declared_en: Returns that may be filed
evidence_th: แบบที่ยื่นในเดือน
evidence_en: Returns filed in the month
key: taxpayer (head office)
subject: month
measure: count
severity: medium
needs: [juristic_register]
declared_by: department
months_back: 12
source: Design of the registry cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH told_of AS (
  SELECT tax_id, name_th, status, period,
         ROW_NUMBER() OVER (PARTITION BY tax_id ORDER BY as_of_on DESC, source_code) AS turn
  FROM juristic_register WHERE branch = '00000' AND period <= $period
),
latest AS (
  SELECT tax_id, status,
         REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(name_th, 'ห้างหุ้นส่วนจำกัด', ''),
           'บริษัท', ''), '(มหาชน)', ''), 'จำกัด', ''), ' ', ''), '.', '') AS bare_name
  FROM told_of WHERE turn = 1
),
ours AS (
  SELECT tax_id, MIN(registration_id) AS registration_id,
         MIN(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(taxpayer_name, 'ห้างหุ้นส่วนจำกัด', ''),
           'บริษัท', ''), '(มหาชน)', ''), 'จำกัด', ''), ' ', ''), '.', '')) AS bare_name
  FROM places GROUP BY tax_id
),
filing AS (
  SELECT tax_id, COUNT(*) AS times FROM filings WHERE is_filed GROUP BY tax_id
)
SELECT o.tax_id, o.registration_id, CAST(NULL AS BIGINT) AS product_id, '' AS product_code,
       CAST($period AS DATE) AS period, '' AS layout, CAST(0 AS BIGINT) AS declared,
       CASE WHEN l.status <> 'active' THEN COALESCE(f.times, 0) ELSE 0 END AS evidence,
       CASE WHEN l.status <> 'active' THEN COALESCE(f.times, 0) ELSE 0 END AS difference, 0 AS base,
       CASE WHEN l.bare_name <> o.bare_name THEN 'name-differs' ELSE '' END AS obstacle,
       '' AS verdict
FROM ours o
JOIN latest l ON l.tax_id = o.tax_id
LEFT JOIN filing f ON f.tax_id = o.tax_id
