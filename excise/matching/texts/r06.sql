/*
id: R06
title_th: ผลผลิตเทียบกับวัตถุดิบที่ใช้
title_en: Output against the materials used
what_th: คำนวณผลผลิตที่ควรได้จากวัตถุดิบที่เบิกในเดือน ตามอัตราผลผลิตต่อวัตถุดิบของผู้เสียภาษีเองในเดือนก่อนหน้า (อย่างน้อย 3 เดือน) เทียบกับผลผลิตที่รับเข้าบัญชี ภส.07-02
what_en: Works out the output to be expected of the materials requisitioned, by what the taxpayer's own earlier months gave (at least three), and compares it with what account ภส.07-02 received from production.
found_th: ผลผลิตต่ำกว่าที่วัตถุดิบที่ใช้ควรให้
found_en: Less was produced than the materials used should give
declared_th: ผลผลิตตามบัญชี ภส.07-02
declared_en: Output by account ภส.07-02
evidence_th: ผลผลิตที่ควรได้จากวัตถุดิบที่เบิก
evidence_en: Output expected of the materials requisitioned
key: taxpayer + month
subject: month
measure: units
severity: medium
needs: [requisitions, stock_lines]
declared_by: taxpayer
months_back: 6
bridge_th: ยังไม่มีสูตรการผลิตที่จดทะเบียนในระบบ จึงใช้ประวัติของผู้เสียภาษีเองแทน ส่วนผสมสินค้าที่เปลี่ยนไปทำให้ตัวเลขต่างได้
bridge_en: No registered formula is known to the system, so the taxpayer's own history stands in for it; another mix of products changes the figure.
source: The Department's audit worksheet of yield
tolerances:
  - {from: 2017-09-16, share_bp: 300, least: 10000, why_th: ร้อยละ 3 เพราะใช้ประวัติแทนสูตรการผลิต (กำหนดไว้ชั่วคราว), why_en: 3 % - history stands in for the formula (assumed)}
*/
WITH used AS (
  SELECT tax_id, period, SUM(units) AS units FROM requisitions GROUP BY tax_id, period
),
made AS (
  SELECT tax_id, period, SUM(received) AS units
  FROM stock_lines WHERE form = '0702' GROUP BY tax_id, period
),
together AS (
  SELECT u.tax_id, u.period, u.units AS used, m.units AS made
  FROM used u JOIN made m ON m.tax_id = u.tax_id AND m.period = u.period
),
-- What a unit of material gave in the months before, as two sums: nothing is rounded before the end.
past AS (
  SELECT tax_id, SUM(used) AS used, SUM(made) AS made, COUNT(*) AS months
  FROM together WHERE period < $period GROUP BY tax_id
)
SELECT b.tax_id, p.registration_id, CAST(NULL AS BIGINT) AS product_id, '' AS product_code,
       b.period, '' AS layout, b.made AS declared,
       CASE WHEN h.used > 0 THEN b.used * h.made // h.used END AS evidence,
       CASE WHEN h.used > 0 THEN b.used * h.made // h.used ELSE b.made END - b.made AS difference,
       b.made AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id'
            WHEN h.used IS NULL OR h.used <= 0 OR h.months < 3 THEN 'history-too-short'
            ELSE '' END AS obstacle,
       '' AS verdict
FROM together b
LEFT JOIN past h ON h.tax_id = b.tax_id
LEFT JOIN payers p ON p.tax_id = b.tax_id
WHERE b.period = $period
