/*
id: R24
title_th: เงินที่ธนาคารแจ้งเทียบกับใบเสร็จและบัญชี
title_en: Money at the bank against receipts and ledger
what_th: เทียบเงินที่แต่ละธนาคารแจ้งว่ารับในเดือนกับยอดในบัญชีแยกประเภท และแสดงรายการชำระที่ตัดบัญชีแล้วแต่ใบเสร็จไม่ครบจำนวน
what_en: Compares what each bank reported as received in the month with the ledger, and shows payments of bills whose receipts are of another amount.
found_th: เงินที่ธนาคารแจ้งไม่ตรงกับใบเสร็จหรือบัญชี
found_en: Bank, receipts and ledger do not agree
declared_th: บัญชีแยกประเภทหรือใบเสร็จรับเงิน
declared_en: Ledger or receipts
evidence_th: ธนาคาร
evidence_en: The bank
key: bank, or bank reference
subject: money
measure: satang
severity: critical
reads: [money]
declared_by: department
both_ways: true
of_everybody: true
source: The Department's audit worksheet of money (bank - receipt - ledger)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
SELECT '' AS tax_id, CAST(NULL AS BIGINT) AS registration_id, CAST(NULL AS BIGINT) AS product_id,
       key AS product_code, period, '' AS layout, booked_satang AS declared, told_satang AS evidence,
       COALESCE(told_satang, 0) - COALESCE(booked_satang, 0) AS difference, 0 AS base,
       '' AS obstacle, '' AS verdict
FROM money
