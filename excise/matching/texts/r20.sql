/*
id: R20
title_th: แบบแสดงไม่มีรายการเทียบกับกิจกรรมที่ทราบ
title_en: Nil return against any known activity
what_th: เมื่อยื่นแบบว่าไม่มีรายการเสียภาษีในเดือน แต่แหล่งข้อมูลใดก็ตามแจ้งว่ามีการขาย นำเข้า ผลิต จ่ายสินค้า หรือรับเงินค่าบริการ
what_en: A return says that there was nothing to tax in the month, but any source tells of sales, imports, production, goods issued or takings.
found_th: ยื่นแบบว่าไม่มีรายการ แต่มีกิจกรรมในเดือนนั้น
found_en: A nil return was filed, but there was activity
declared_th: รายการที่ยื่นแบบ
declared_en: Lines declared
evidence_th: รายการกิจกรรมที่แหล่งข้อมูลแจ้ง
evidence_en: Rows of activity that sources told of
key: taxpayer + month
subject: month
measure: count
severity: high
needs: [vat_sales, vat_returns, import_lines, production_counts, terminal_meters, stock_lines, service_tickets, vehicle_registrations]
declared_by: return
source: Design of the nil check
tolerances:
  - {from: 2017-09-16, share_bp: 0, least: 0, why_th: กิจกรรมใดก็ตามขัดกับแบบที่แสดงว่าไม่มีรายการ, why_en: any activity contradicts a nil return}
*/
WITH active AS (
  SELECT v.tax_id, v.period, COUNT(*) AS times FROM vat_sales v
  JOIN known k ON k.tax_id = v.tax_id AND k.product_code = v.product_code
  WHERE v.units > 0 GROUP BY v.tax_id, v.period
  UNION ALL
  SELECT f.tax_id, f.period, COUNT(*) AS times FROM vat_returns f
  JOIN payers p ON p.tax_id = f.tax_id AND NOT p.sells_goods
  WHERE f.sales_satang > 0 GROUP BY f.tax_id, f.period
  UNION ALL
  SELECT tax_id, period, COUNT(*) AS times FROM import_lines
  WHERE excise_satang > 0 AND units > 0 GROUP BY tax_id, period
  UNION ALL
  SELECT tax_id, period, COUNT(*) AS times FROM production_counts
  WHERE units > 0 GROUP BY tax_id, period
  UNION ALL
  SELECT tax_id, period, COUNT(*) AS times FROM terminal_meters
  WHERE units > 0 GROUP BY tax_id, period
  UNION ALL
  SELECT s.tax_id, s.period, COUNT(*) AS times FROM stock_lines s
  WHERE s.form IN ('0702', '0704') AND s.issued > 0 GROUP BY s.tax_id, s.period
  UNION ALL
  SELECT tax_id, period, COUNT(*) AS times FROM service_tickets
  WHERE receipts_satang > 0 OR deposits_satang > 0 GROUP BY tax_id, period
  UNION ALL
  SELECT tax_id, period, COUNT(*) AS times FROM vehicle_registrations GROUP BY tax_id, period
),
counted AS (
  SELECT tax_id, period, SUM(times) AS times FROM active GROUP BY tax_id, period
),
-- Nil is who filed for the month, only nil, and declared nothing at a removal either.
nil AS (
  SELECT tax_id, period, MIN(registration_id) AS registration_id
  FROM filings WHERE is_filed GROUP BY tax_id, period
  HAVING MAX(CASE WHEN is_nil THEN 0 ELSE 1 END) = 0
),
declaring AS (
  SELECT tax_id, period FROM declared GROUP BY tax_id, period
)
SELECT n.tax_id, n.registration_id, CAST(NULL AS BIGINT) AS product_id, '' AS product_code,
       n.period, '' AS layout, CAST(0 AS BIGINT) AS declared, COALESCE(c.times, 0) AS evidence,
       COALESCE(c.times, 0) AS difference, 0 AS base, '' AS obstacle, '' AS verdict
FROM nil n
LEFT JOIN counted c ON c.tax_id = n.tax_id AND c.period = n.period
LEFT JOIN declaring d ON d.tax_id = n.tax_id AND d.period = n.period
WHERE d.tax_id IS NULL
