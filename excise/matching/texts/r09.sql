/*
id: R09
title_th: ราคาขายปลีกที่สำรวจเทียบกับราคาที่แจ้ง
title_en: Surveyed retail prices against the prices notified
what_th: เทียบราคาขายปลีกเฉลี่ยที่สำรวจได้ในวันหนึ่งกับราคาขายปลีกแนะนำที่แจ้งไว้ (ภส.02-01) ซึ่งใช้ในวันนั้น และแสดงทุกครั้งที่ราคาที่แจ้งลดลง
what_en: Compares the mean retail price surveyed on a day with the suggested retail price (ภส.02-01) in force that day, and shows every notified price that was lowered.
found_th: ราคาที่แจ้งต่ำกว่าราคาที่สำรวจ หรือต่ำกว่าราคาที่แจ้งครั้งก่อน
found_en: The price notified is below the price surveyed, or below the one before
declared_th: ราคาขายปลีกแนะนำที่แจ้ง (รวมภาษีมูลค่าเพิ่ม)
declared_en: Suggested retail price notified (with VAT)
evidence_th: ราคาที่สำรวจ หรือราคาที่แจ้งครั้งก่อน
evidence_en: Price surveyed, or notified before
key: product (GTIN) + date
subject: product
measure: satang
severity: medium
needs: [external_prices]
declared_by: taxpayer
of_everybody: true
reads: [prices]
source: The Department's audit worksheet of prices (02-01 - survey - announced price - 03-07)
tolerances:
  - {from: 2017-09-16, share_bp: 200, least: 0, why_th: ร้อยละ 2 ของราคาที่แจ้ง เพราะราคาแต่ละร้านต่างกัน ส่วนการลดราคาไม่มีส่วนต่างที่ยอมรับได้, why_en: 2 % of the price notified - shops differ; of a lowered price nothing}
*/
WITH surveyed AS (
  SELECT product_code, surveyed_on, period, SUM(price_satang) AS total, COUNT(*) AS seen
  FROM external_prices GROUP BY product_code, surveyed_on, period
),
-- Each price with the day on which the next one ends it, and the price before.
spans AS (
  SELECT p.*, LEAD(effective_from) OVER of_product AS ends_on,
         LAG(retail_satang) OVER of_product AS before_satang
  FROM prices p WINDOW of_product AS (PARTITION BY product_id ORDER BY effective_from)
)
SELECT s.tax_id, s.registration_id, s.product_id,
       s.product_code || '|' || CAST(v.surveyed_on AS VARCHAR) || '|'
         || CAST(s.registration_id AS VARCHAR) AS product_code,
       v.period, 'external_prices' AS layout, s.retail_satang AS declared,
       v.total // v.seen AS evidence, v.total // v.seen - s.retail_satang AS difference,
       s.retail_satang AS base, '' AS obstacle,
       CASE WHEN v.total // v.seen > s.retail_satang THEN 'rate-diff' ELSE '' END AS verdict
FROM surveyed v
JOIN spans s ON s.product_code = v.product_code AND s.effective_from <= v.surveyed_on
 AND (s.ends_on IS NULL OR s.ends_on > v.surveyed_on)
UNION ALL
-- A price that was lowered is looked at whatever the survey says.
SELECT tax_id, registration_id, product_id,
       product_code || '|' || CAST(effective_from AS VARCHAR) || '|'
         || CAST(registration_id AS VARCHAR) || '|02-01' AS product_code,
       CAST(DATE_TRUNC('month', effective_from) AS DATE) AS period, '' AS layout,
       retail_satang AS declared, before_satang AS evidence,
       before_satang - retail_satang AS difference, 0 AS base, '' AS obstacle,
       'rate-diff' AS verdict
FROM spans WHERE before_satang > retail_satang
UNION ALL
SELECT '' AS tax_id, CAST(NULL AS BIGINT) AS registration_id, CAST(NULL AS BIGINT) AS product_id,
       v.product_code || '|' || CAST(v.surveyed_on AS VARCHAR) AS product_code, v.period,
       'external_prices' AS layout, CAST(NULL AS BIGINT) AS declared,
       v.total // v.seen AS evidence, v.total // v.seen AS difference, 0 AS base,
       'unknown-product' AS obstacle, '' AS verdict
FROM surveyed v
WHERE v.product_code NOT IN (SELECT product_code FROM products)
