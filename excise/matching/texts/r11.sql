/*
id: R11
title_th: ยอดขายตามข้อมูลภาษีมูลค่าเพิ่มเทียบกับมูลค่าที่ยื่นแบบ
title_en: VAT sales against the value declared
what_th: ยอดขายที่กรมสรรพากรมีเทียบกับมูลค่าในแบบ บริการต้องเท่ากับรายรับ ส่วนสินค้ามูลค่าในแบบเป็นราคาขายปลีกแนะนำซึ่งรวมภาษีสรรพสามิตแล้ว ยอดขายของผู้ผลิตจึงต่ำกว่าได้แต่ต้องไม่สูงกว่า
what_en: >-
  Compares the sales the Revenue Department knows with the value declared. For services they are the receipts.
  For goods the value declared is at the suggested retail price, which contains the excise - so a maker's
  sales may stay below it, but never exceed it.
found_th: ยอดขายตามข้อมูลภาษีมูลค่าเพิ่มสูงกว่ามูลค่าที่ยื่นแบบ
found_en: Sales known for VAT exceed the value declared
declared_th: มูลค่าในแบบรายการภาษีของเดือน
declared_en: Value in the returns for the month
evidence_th: ยอดขายที่กรมสรรพากรทราบ
evidence_en: Sales known to the Revenue Department
key: taxpayer + month
subject: month
measure: satang
severity: high
needs: [vat_sales, vat_returns]
declared_by: return
tells_tax: true
bridge_th: ฐานภาษีมูลค่าเพิ่มรวมภาษีสรรพสามิตและภาษีเก็บเพิ่มเพื่อมหาดไทยแล้ว ส่วนมูลค่าในแบบเป็นราคาขายปลีกแนะนำ จึงไม่เท่ากันเสมอไป
bridge_en: The base of VAT contains the excise and the local tax, while the return counts suggested retail prices, so the two need not be equal.
source: The Department's audit worksheet of services (PP30 - 03-08); design of the VAT cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 500, least: 10000000, why_th: ร้อยละ 5 หรือ 100 000 บาท เพราะอาจมีรายได้อื่นและวันที่ในใบกำกับภาษีต่างจากวันรับรู้รายได้, why_en: 5 % or 100 000 baht - other income and the day an invoice is dated}
*/
WITH priced AS (
  SELECT tax_id, product_code FROM products WHERE product_code <> '' AND has_price GROUP BY tax_id, product_code
),
-- Of goods only what is a product of ours counts: the taxpayer may sell other things too.
invoiced AS (
  SELECT v.tax_id, v.period, SUM(v.amount_satang) AS amount
  FROM vat_sales v
  LEFT JOIN payers p ON p.tax_id = v.tax_id
  LEFT JOIN priced k ON k.tax_id = v.tax_id AND k.product_code = v.product_code
  WHERE p.tax_id IS NULL OR NOT p.sells_goods OR k.product_code IS NOT NULL
  GROUP BY v.tax_id, v.period
),
-- A VAT return tells of all that was sold, so it speaks of services, and only without invoices.
filed AS (
  SELECT f.tax_id, f.period, SUM(f.sales_satang) AS amount
  FROM vat_returns f JOIN payers p ON p.tax_id = f.tax_id AND NOT p.sells_goods
  GROUP BY f.tax_id, f.period
),
sold AS (
  SELECT COALESCE(i.tax_id, f.tax_id) AS tax_id, COALESCE(i.period, f.period) AS period,
         COALESCE(i.amount, f.amount) AS amount,
         CASE WHEN i.tax_id IS NULL THEN 'vat_returns' ELSE 'vat_sales' END AS layout
  FROM invoiced i FULL OUTER JOIN filed f ON f.tax_id = i.tax_id AND f.period = i.period
),
returned AS (
  SELECT tax_id, period, SUM(value_satang) AS amount
  FROM declared WHERE value_satang IS NOT NULL
   AND (product_code <> '' OR is_service) GROUP BY tax_id, period
),
both_sides AS (
  SELECT COALESCE(s.tax_id, r.tax_id) AS tax_id, COALESCE(s.period, r.period) AS period,
         COALESCE(s.layout, 'vat_sales') AS layout, r.amount AS declared, s.amount AS evidence,
         COALESCE(s.amount, 0) - COALESCE(r.amount, 0) AS difference
  FROM sold s FULL OUTER JOIN returned r ON r.tax_id = s.tax_id AND r.period = s.period
)
SELECT b.tax_id, p.registration_id,
       -- The tax on a difference in value is known for services only: goods are taxed at retail.
       CASE WHEN NOT p.sells_goods THEN p.product_id END AS product_id, '' AS product_code, b.period, b.layout,
       b.declared, b.evidence,
       CASE WHEN p.sells_goods AND b.evidence IS NOT NULL AND b.difference < 0 THEN 0
            ELSE b.difference END AS difference,
       COALESCE(b.declared, 0) AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN p.sells_goods AND p.sells_services THEN 'goods-and-services' ELSE '' END AS obstacle,
       '' AS verdict
FROM both_sides b LEFT JOIN payers p ON p.tax_id = b.tax_id
-- Goods of which nothing was declared are R01's to name.
WHERE p.tax_id IS NULL OR p.sells_services OR b.declared IS NOT NULL
