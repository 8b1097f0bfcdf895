/*
id: R17
title_th: เครื่องนับผลผลิตเทียบกับบัญชีสินค้าหรือแบบรายการภาษี
title_en: Production counters against the stock account or the return
what_th: เทียบจำนวนจากเครื่องนับของแต่ละวันกับยอดรับจากการผลิตในบัญชี ภส.07-02 หากไม่มีบัญชี จะเทียบยอดทั้งเดือนกับแบบ ภส.03-07 วันที่เครื่องนับขัดข้องเทียบไม่ได้
what_en: Compares what the counters counted each day with what account ภส.07-02 received from production; where no account is kept, the month with ภส.03-07. A day on which a counter was down is not compared.
found_th: เครื่องนับได้มากกว่าที่ลงบัญชีหรือยื่นแบบ
found_en: The counters counted more than was booked or declared
declared_th: ยอดรับตามบัญชี ภส.07-02 ของวัน หรือปริมาณในแบบของเดือน
declared_en: Received by account ภส.07-02 that day, or declared for the month
evidence_th: จำนวนจากเครื่องนับ
evidence_en: Counted by the counters
key: product + day, or product + month
subject: product
measure: units
severity: high
needs: [production_counts, stock_lines]
declared_by: return
tells_tax: true
source: Design of the counter cross-check (counter - 07-02 - 03-07)
tolerances:
  - {from: 2017-09-16, share_bp: 50, least: 10000, why_th: ร้อยละ 0.5 และอย่างน้อยหนึ่งหน่วย เพราะของที่ตกไลน์ถูกนับซ้ำได้, why_en: 0.5 % and at least one unit - what falls off the line is counted twice}
*/
WITH counted AS (
  SELECT tax_id, product_code, counted_on, period, SUM(units) AS units,
         MAX(CASE WHEN is_online THEN 0 ELSE 1 END) AS is_offline
  FROM production_counts GROUP BY tax_id, product_code, counted_on, period
),
-- The daily account of who keeps one; of who does not, the month's return.
booked AS (
  SELECT tax_id, product_code, day_on, period, SUM(received) AS units
  FROM stock_lines WHERE form = '0702' GROUP BY tax_id, product_code, day_on, period
),
keeps AS (
  SELECT tax_id, period FROM booked GROUP BY tax_id, period
),
by_month AS (
  SELECT c.tax_id, c.product_code, c.period, SUM(c.units) AS units, MAX(c.is_offline) AS is_offline
  FROM counted c LEFT JOIN keeps s ON s.tax_id = c.tax_id AND s.period = c.period
  WHERE s.tax_id IS NULL GROUP BY c.tax_id, c.product_code, c.period
),
returned AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM declared WHERE product_code <> '' GROUP BY tax_id, product_code, period
),
compared_to AS (
  SELECT c.tax_id, c.product_code AS gtin,
         c.product_code || '|' || CAST(c.counted_on AS VARCHAR) AS product_code, c.period,
         b.units AS declared, c.units AS evidence, c.is_offline, 1 AS is_booked
  FROM counted c
  JOIN keeps s ON s.tax_id = c.tax_id AND s.period = c.period
  LEFT JOIN booked b ON b.tax_id = c.tax_id AND b.product_code = c.product_code
   AND b.day_on = c.counted_on
  UNION ALL
  SELECT m.tax_id, m.product_code AS gtin, m.product_code, m.period, r.units AS declared,
         m.units AS evidence, m.is_offline, 0 AS is_booked
  FROM by_month m LEFT JOIN returned r ON r.tax_id = m.tax_id AND r.product_code = m.product_code
   AND r.period = m.period
)
SELECT c.tax_id, COALESCE(k.registration_id, p.registration_id) AS registration_id, k.product_id,
       c.product_code, c.period, 'production_counts' AS layout, c.declared, c.evidence,
       COALESCE(c.evidence, 0) - COALESCE(c.declared, 0) AS difference,
       GREATEST(COALESCE(c.evidence, 0), COALESCE(c.declared, 0)) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN k.tax_id IS NULL THEN 'unknown-product'
            WHEN c.is_offline = 1 THEN 'counter-offline' ELSE '' END AS obstacle,
       '' AS verdict
FROM compared_to c
LEFT JOIN payers p ON p.tax_id = c.tax_id
LEFT JOIN known k ON k.tax_id = c.tax_id AND k.product_code = c.gtin
