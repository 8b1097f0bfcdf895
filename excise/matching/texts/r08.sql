/*
id: R08
title_th: ปริมาณที่ขอลดหย่อนเทียบกับใบเสร็จรับเงิน
title_en: Reductions claimed against the receipts they name
what_th: ปริมาณที่ขอลดหย่อนหรือคืนภาษีโดยอ้างใบเสร็จรับเงินฉบับหนึ่ง รวมทุกคำขอ ต้องไม่เกินปริมาณที่ใบเสร็จนั้นครอบคลุม
what_en: What all claims together take from one receipt may not exceed the quantity that it covers.
found_th: ขอลดหย่อนเกินปริมาณตามใบเสร็จรับเงิน
found_en: More is claimed than the receipt covers
declared_th: ปริมาณตามใบเสร็จรับเงิน
declared_en: Quantity the receipt covers
evidence_th: ปริมาณที่ขอรวมทุกคำขอ
evidence_en: Quantity of all claims
key: receipt no. + material
subject: document
measure: units
severity: high
reads: [claims]
declared_by: department
source: The Department's audit worksheet of reductions (05-03 - receipt)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH claimed AS (
  SELECT tax_id, receipt_no, product_code, MIN(registration_id) AS registration_id,
         MAX(period) AS period, SUM(units) AS units, MAX(available_units) AS available
  FROM claims WHERE receipt_no <> '' GROUP BY tax_id, receipt_no, product_code
)
SELECT c.tax_id, c.registration_id, k.product_id,
       c.receipt_no || '|' || c.product_code AS product_code, c.period, '' AS layout,
       c.available AS declared, c.units AS evidence,
       CASE WHEN c.units > COALESCE(c.available, 0) THEN c.units - COALESCE(c.available, 0)
            ELSE 0 END AS difference,
       COALESCE(c.available, 0) AS base,
       CASE WHEN c.available IS NULL THEN 'books-silent' ELSE '' END AS obstacle, '' AS verdict
FROM claimed c
LEFT JOIN known k ON k.tax_id = c.tax_id AND k.product_code = c.product_code
