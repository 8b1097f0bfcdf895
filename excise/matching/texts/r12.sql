/*
id: R12
title_th: ใบขนสินค้าขาเข้าเทียบกับแบบรายการภาษีของผู้นำเข้า
title_en: Import declarations against the importer's returns
what_th: รวมปริมาณสินค้าตามรายการใบขนสินค้าขาเข้าของเดือน เทียบกับปริมาณที่ผู้นำเข้ายื่นแบบ รายการที่ชำระภาษีสรรพสามิตไว้แต่ไม่รู้จักผู้นำเข้าหรือสินค้าจะแสดงเป็นรายใบขน
what_en: Adds up what the lines of import declarations of the month brought in and compares it with what the importer declared. Lines on which excise was paid, of unknown importers or products, are named one by one.
found_th: นำเข้ามากกว่าที่ยื่นแบบ
found_en: More was imported than declared
declared_th: ปริมาณในแบบรายการภาษีของผู้นำเข้า
declared_en: Quantity in the importer's returns
evidence_th: ปริมาณตามใบขนสินค้าขาเข้า
evidence_en: Quantity on import declarations
key: taxpayer + product + month; declaration + line where the product is unknown
subject: declaration
measure: units
severity: high
needs: [import_lines]
declared_by: return
tells_tax: true
bridge_th: แบบรายการภาษีไม่ระบุเลขที่ใบขน จึงเทียบเป็นรายสินค้าและเดือน
bridge_en: Returns name no declaration, so products and months are compared.
source: Design of the customs cross-check
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH told_of AS (
  SELECT declaration_no, line_no, MIN(tax_id) AS tax_id, MIN(product_code) AS product_code,
         MIN(period) AS period, MAX(units) AS units, SUM(units) AS all_units, COUNT(*) AS times,
         MAX(excise_satang) AS excise_satang
  FROM import_lines GROUP BY declaration_no, line_no
),
entered AS (
  SELECT tax_id, product_code, period, SUM(units) AS units
  FROM told_of WHERE product_code <> '' GROUP BY tax_id, product_code, period
),
returned AS (
  SELECT d.tax_id, d.product_code, d.period, SUM(d.units) AS units
  FROM declared d JOIN places l ON l.registration_id = d.registration_id AND l.is_importer
  WHERE d.product_code <> '' GROUP BY d.tax_id, d.product_code, d.period
)
SELECT COALESCE(e.tax_id, r.tax_id) AS tax_id, k.registration_id, k.product_id,
       COALESCE(e.product_code, r.product_code) AS product_code,
       COALESCE(e.period, r.period) AS period, 'import_lines' AS layout,
       r.units AS declared, e.units AS evidence,
       COALESCE(e.units, 0) - COALESCE(r.units, 0) AS difference,
       GREATEST(COALESCE(e.units, 0), COALESCE(r.units, 0)) AS base, '' AS obstacle, '' AS verdict
FROM entered e
FULL OUTER JOIN returned r ON r.tax_id = e.tax_id AND r.product_code = e.product_code
 AND r.period = e.period
JOIN known k ON k.tax_id = COALESCE(e.tax_id, r.tax_id)
 AND k.product_code = COALESCE(e.product_code, r.product_code)
UNION ALL
-- A line that two sources tell of counts once above, and is named here.
SELECT t.tax_id, p.registration_id, k.product_id,
       t.declaration_no || '|' || CAST(t.line_no AS VARCHAR) || '|2' AS product_code, t.period,
       'import_lines' AS layout, t.units AS declared, t.all_units AS evidence,
       t.all_units - t.units AS difference, t.units AS base, '' AS obstacle,
       'duplicate-in-source' AS verdict
FROM told_of t
LEFT JOIN payers p ON p.tax_id = t.tax_id
LEFT JOIN known k ON k.tax_id = t.tax_id AND k.product_code = t.product_code
WHERE t.times > 1
UNION ALL
-- Excise was paid on it at the border, or the importer is ours: whose product is it?
SELECT t.tax_id, p.registration_id, CAST(NULL AS BIGINT) AS product_id,
       t.declaration_no || '|' || CAST(t.line_no AS VARCHAR) AS product_code, t.period,
       'import_lines' AS layout, CAST(NULL AS BIGINT) AS declared, t.units AS evidence,
       t.units AS difference, 0 AS base,
       CASE WHEN p.tax_id IS NULL THEN 'unknown-tax-id' ELSE 'unknown-product' END AS obstacle,
       '' AS verdict
FROM told_of t
LEFT JOIN payers p ON p.tax_id = t.tax_id
LEFT JOIN known k ON k.tax_id = t.tax_id AND k.product_code = t.product_code
WHERE k.tax_id IS NULL AND t.excise_satang > 0
