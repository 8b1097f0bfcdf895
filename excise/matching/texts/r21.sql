/*
id: R21
title_th: ภาษีของเดือนเทียบกับแนวโน้ม
title_en: Tax of the month against its trend
what_th: เทียบภาษีที่ยื่นในเดือนกับค่าเฉลี่ยของเดือนก่อน ๆ ไม่เกิน 12 เดือน (อย่างน้อย 6 เดือน เดือนที่ไม่มีภาษีนับเป็นศูนย์) เมื่อลดต่ำกว่าค่าเฉลี่ยเกินสองส่วนเบี่ยงเบนมาตรฐาน
what_en: Compares the tax declared for the month with the mean of up to twelve months before (at least six; a month without tax counts as nothing), where it fell below the mean by more than two standard deviations.
found_th: ภาษีลดลงผิดปกติจากที่ผ่านมา
found_en: The tax fell out of what was usual
declared_th: ภาษีสรรพสามิตที่ยื่นในเดือน
declared_en: Excise declared for the month
evidence_th: ภาษีที่คาดตามประวัติ
evidence_en: Excise to be expected by the past
key: establishment + duty group + month
subject: place
measure: satang
severity: low
reads: [trends]
declared_by: taxpayer
source: The Department's audit plan conditions (last month, last year, mean and deviation)
tolerances:
  - {from: 2017-09-16, share_bp: 2000, least: 10000000, why_th: ร้อยละ 20 หรือ 100 000 บาท เพราะยอดขายขึ้นลงตามฤดูกาล (กำหนดไว้ชั่วคราว), why_en: 20 % or 100 000 baht - seasons (assumed until the Department sets it)}
*/
SELECT t.tax_id, t.registration_id, CAST(NULL AS BIGINT) AS product_id,
       l.registration_no || '|' || t.duty_group AS product_code, t.period, '' AS layout,
       declared_satang AS declared, expected_satang AS evidence,
       CASE WHEN expected_satang > declared_satang THEN expected_satang - declared_satang ELSE 0 END
         AS difference,
       expected_satang AS base, '' AS obstacle, '' AS verdict
FROM trends t JOIN places l ON l.registration_id = t.registration_id
