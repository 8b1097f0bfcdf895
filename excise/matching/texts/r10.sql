/*
id: R10
title_th: รายรับสถานบริการตามบัตรและเงินฝากเทียบกับแบบรายการภาษี
title_en: Takings of services by ticket and deposit against the return
what_th: เทียบรายรับประจำวันตามบัตร (ภส.07-05) กับเงินที่นำฝากธนาคารในวันนั้น และเทียบรายรับทั้งเดือนกับรายรับที่ยื่นแบบ ภส.03-08
what_en: Compares the takings of each day by ticket (ภส.07-05) with what was paid into the bank that day, and those of the month with the receipts declared on ภส.03-08.
found_th: รายรับที่ยื่นหรือที่ลงบัญชีน้อยกว่าบัตรหรือเงินฝาก
found_en: Takings declared or booked are less than tickets or deposits say
declared_th: รายรับตาม ภส.07-05 ของวัน หรือตาม ภส.03-08 ของเดือน
declared_en: Takings by ภส.07-05 of the day, or by ภส.03-08 of the month
evidence_th: เงินนำฝากของวัน หรือรายรับตาม ภส.07-05 ของเดือน
evidence_en: Deposits of the day, or takings by ภส.07-05 of the month
key: establishment + day, and taxpayer + month
subject: place
measure: satang
severity: high
needs: [service_tickets]
declared_by: taxpayer
tells_tax: true
source: The Department's audit worksheet of services (ticket - 07-05 - deposit slip - 03-08)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 100, why_th: ร้อยละ 0.5 และอย่างน้อยหนึ่งบาท เพราะการทอนเงินคลาดเคลื่อนได้, why_en: 0.5 % and at least one baht - change given}
*/
SELECT t.tax_id, COALESCE(l.registration_id, p.registration_id) AS registration_id,
       CAST(NULL AS BIGINT) AS product_id,
       t.registration_no || '|' || CAST(t.day_on AS VARCHAR) AS product_code, t.period,
       '' AS layout, t.receipts_satang AS declared, t.deposits_satang AS evidence,
       -- Tickets without any takings are a difference of all that was deposited.
       CASE WHEN t.tickets = 0 AND t.deposits_satang > 0
              THEN GREATEST(t.deposits_satang - t.receipts_satang, t.deposits_satang)
            ELSE t.deposits_satang - t.receipts_satang END AS difference,
       t.receipts_satang AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id' ELSE '' END AS obstacle, '' AS verdict
FROM (
  SELECT tax_id, registration_no, day_on, period, SUM(tickets) AS tickets,
         SUM(receipts_satang) AS receipts_satang, SUM(deposits_satang) AS deposits_satang
  FROM service_tickets GROUP BY tax_id, registration_no, day_on, period
) t
LEFT JOIN payers p ON p.tax_id = t.tax_id
LEFT JOIN places l ON l.tax_id = t.tax_id AND l.registration_no = t.registration_no
UNION ALL
SELECT COALESCE(t.tax_id, d.tax_id) AS tax_id, p.registration_id, p.product_id,
       '' AS product_code, COALESCE(t.period, d.period) AS period, 'service_tickets' AS layout,
       d.amount AS declared, t.amount AS evidence,
       COALESCE(t.amount, 0) - COALESCE(d.amount, 0) AS difference,
       GREATEST(COALESCE(t.amount, 0), COALESCE(d.amount, 0)) AS base,
       CASE WHEN EXISTS (
         SELECT 1 FROM awaited a
         WHERE a.tax_id = COALESCE(t.tax_id, d.tax_id) AND a.period = COALESCE(t.period, d.period)
       ) THEN 'return-not-due' ELSE '' END AS obstacle, '' AS verdict
FROM (
  SELECT tax_id, period, SUM(receipts_satang) AS amount FROM service_tickets GROUP BY tax_id, period
) t
FULL OUTER JOIN (
  SELECT tax_id, period, SUM(value_satang) AS amount FROM declared
  WHERE is_service GROUP BY tax_id, period
) d ON d.tax_id = t.tax_id AND d.period = t.period
JOIN payers p ON p.tax_id = COALESCE(t.tax_id, d.tax_id)
