/*
id: R24b
title_th: ความต่อเนื่องของเลขที่ใบเสร็จรับเงิน
title_en: Gaps in receipt numbers
what_th: เลขที่ใบเสร็จรับเงินแต่ละชุดต้องเรียงต่อกันตั้งแต่เลขแรกถึงเลขล่าสุด
what_en: The numbers of each series of receipts run without a gap from the first to the latest.
found_th: เลขที่ใบเสร็จขาดหาย
found_en: Receipt numbers are missing
declared_th: ใบเสร็จที่มี
declared_en: Receipts there are
evidence_th: เลขที่ล่าสุด
evidence_en: Latest number
key: series of receipts
subject: money
measure: count
severity: critical
reads: [receipt_series]
declared_by: department
both_ways: true
of_everybody: true
source: The Department's audit worksheet of money (gaps in receipt numbers)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
SELECT '' AS tax_id, CAST(NULL AS BIGINT) AS registration_id, CAST(NULL AS BIGINT) AS product_id,
       series AS product_code, period, '' AS layout, issued AS declared, numbers AS evidence,
       numbers - issued AS difference, 0 AS base, '' AS obstacle, '' AS verdict
FROM receipt_series
