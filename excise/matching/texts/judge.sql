-- Judge what a rule compared; its own text comes in first. A source that says nothing is never
-- a mismatch; a difference that the month beside it makes good is a shift of the period.
WITH compared AS (
{compared}
),
measured AS (
  SELECT c.*, GREATEST($least, (c.base * $share_bp) // 10000) AS tolerance,
         CASE WHEN c.obstacle <> '' THEN c.obstacle
              WHEN m.state <> 'complete' THEN 'source-' || m.state
              WHEN a.tax_id IS NOT NULL THEN 'return-not-due' ELSE '' END AS reason
  FROM compared c
  JOIN months m ON m.period = c.period
  LEFT JOIN awaited a ON a.tax_id = c.tax_id AND a.period = c.period
),
shifted AS (
  SELECT DISTINCT x.tax_id, x.product_code
  FROM measured x JOIN measured n
    ON n.tax_id = x.tax_id AND n.product_code = x.product_code
  WHERE x.period = $period AND n.period <> x.period AND x.reason = '' AND n.reason = ''
    AND SIGN(n.difference) = -SIGN(x.difference) AND ABS(n.difference) > n.tolerance
    AND ABS(n.difference + x.difference) <= x.tolerance
)
SELECT m.tax_id, m.registration_id, m.product_id, m.product_code, m.declared, m.evidence,
       m.difference, m.tolerance, m.reason,
       CASE WHEN m.reason IN ('unknown-product', 'product-registered-twice', 'unknown-tax-id')
              THEN 'identity-unresolved'
            WHEN m.reason <> '' THEN 'not-comparable'
            WHEN m.difference = 0 THEN 'matched'
            WHEN ABS(m.difference) <= m.tolerance THEN 'within-tolerance'
            WHEN s.tax_id IS NOT NULL THEN 'period-shift'
            WHEN m.declared IS NULL THEN 'missing-in-return'
            WHEN m.evidence IS NULL THEN 'missing-in-source'
            WHEN m.difference > 0 THEN 'under-declared'
            ELSE 'over-declared' END AS outcome
FROM measured m
LEFT JOIN shifted s ON s.tax_id = m.tax_id AND s.product_code = m.product_code
WHERE m.period = $period
ORDER BY m.tax_id, m.product_code
