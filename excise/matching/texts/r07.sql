/*
id: R07
title_th: ปริมาณที่ขอคืนเทียบกับใบขนสินค้าขาออก
title_en: Claims for exports against the export declarations
what_th: ปริมาณที่ขอยกเว้นหรือคืนภาษีเพราะส่งออก (ภส.05-01) ต้องไม่เกินปริมาณของสินค้านั้นในใบขนสินค้าขาออกที่อ้าง และใบขนต้องเป็นของผู้ขอ
what_en: What is claimed for exports (ภส.05-01) may not exceed the quantity of the product on the export declaration it names, which must be the claimant's own.
found_th: ขอคืนเกินปริมาณที่ส่งออก
found_en: More is claimed than was exported
declared_th: ปริมาณตามใบขนสินค้าขาออก
declared_en: Quantity on the export declaration
evidence_th: ปริมาณที่ขอยกเว้นหรือคืน
evidence_en: Quantity claimed
key: declaration no. + product
subject: declaration
measure: units
severity: high
needs: [export_lines]
declared_by: department
months_back: 12
source: The Department's audit worksheet of exports (declaration - invoice - 07-02 - 07-04 - 05-01)
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: ไม่มีส่วนต่างที่ยอมรับได้, why_en: nothing may differ}
*/
WITH exported AS (
  SELECT declaration_no, product_code, MAX(period) AS period, MAX(tax_id) AS tax_id,
         SUM(units) AS units
  FROM export_lines GROUP BY declaration_no, product_code
),
claimed AS (
  SELECT tax_id, MIN(registration_id) AS registration_id, declaration_no, product_code,
         MIN(period) AS period, SUM(units) AS units
  FROM claims WHERE declaration_no <> '' GROUP BY tax_id, declaration_no, product_code
)
SELECT c.tax_id, c.registration_id, k.product_id,
       c.declaration_no || '|' || c.product_code AS product_code,
       COALESCE(e.period, c.period) AS period, 'export_lines' AS layout,
       e.units AS declared, c.units AS evidence,
       CASE WHEN e.tax_id <> c.tax_id THEN c.units
            WHEN c.units > COALESCE(e.units, 0) THEN c.units - COALESCE(e.units, 0)
            ELSE 0 END AS difference,
       COALESCE(e.units, 0) AS base, '' AS obstacle, '' AS verdict
FROM claimed c
LEFT JOIN exported e ON e.declaration_no = c.declaration_no
 AND e.product_code = c.product_code
LEFT JOIN known k ON k.tax_id = c.tax_id AND k.product_code = c.product_code
