/*
id: R22
title_th: การยื่นแบบตามกำหนด
title_en: Returns filed in time
what_th: เทียบวันที่ยื่นแบบของเดือนกับวันครบกำหนด ซึ่งเลื่อนไปวันทำการถัดไปเมื่อตรงกับวันหยุด แบบที่ยังไม่ยื่นนับถึงวันที่ตรวจ
what_en: Compares the day on which the month's return was filed with its due date, which moves to the next working day; what is not filed counts up to the day of the comparison.
found_th: ยื่นแบบเกินกำหนดหรือยังไม่ยื่น
found_en: The return was filed late, or not at all
declared_th: ยื่นได้ช้าโดยไม่ผิดกำหนด
declared_en: May be late by
evidence_th: ช้ากว่ากำหนด (เศษของเดือนนับเป็นหนึ่งเดือน)
evidence_en: Late by (part of a month counts as one)
key: establishment + month
subject: place
measure: months
severity: medium
reads: [filings]
declared_by: taxpayer
source: The Department's audit worksheet of filings; Excise Tax Act B.E. 2560
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: นับตั้งแต่วันแรกที่เลยกำหนด, why_en: from the first day after the due date}
*/
SELECT f.tax_id, f.registration_id, CAST(NULL AS BIGINT) AS product_id,
       l.registration_no AS product_code, f.period, '' AS layout,
       CASE WHEN f.is_filed THEN CAST(0 AS BIGINT) END AS declared, f.months_late AS evidence,
       f.months_late AS difference, 0 AS base, '' AS obstacle, '' AS verdict
FROM filings f JOIN places l ON l.registration_id = f.registration_id
