-- Judge what a rule compared; its own text comes in first. A source that says nothing is never
-- a mismatch; a difference that the month beside it makes good is a shift of the period.
-- Sums have 128 bits here: a delivery of absurd figures must not end the run for everybody.
-- `layout` names whose silence counts for a row; none, and it is out of the Department's books.
-- Two establishments may make one product: the first leads the case.
WITH first_of AS (
  SELECT tax_id, product_code, MIN(product_id) AS product_id
  FROM products WHERE product_code <> '' GROUP BY tax_id, product_code
),
known AS (
  SELECT f.tax_id, f.product_code, f.product_id, p.registration_id
  FROM first_of f JOIN products p ON p.product_id = f.product_id
),
compared AS (
{compared}
),
bounded AS (
  SELECT tax_id, registration_id, product_id, product_code, period, layout, obstacle, verdict,
         is_absurd,
         CASE WHEN ABS(declared) < $most THEN CAST(declared AS BIGINT) END AS declared,
         CASE WHEN ABS(evidence) < $most THEN CAST(evidence AS BIGINT) END AS evidence,
         CASE WHEN is_absurd THEN 0 ELSE CAST(difference AS BIGINT) END AS difference,
         CAST(LEAST(base, $most) AS BIGINT) AS base
  FROM (
    SELECT *, ABS(COALESCE(declared, 0)) + ABS(COALESCE(evidence, 0)) >= $most AS is_absurd
    FROM compared
  ) AS told
),
-- Who told of itself, where each taxpayer does: another's word is not theirs.
told AS (
  {told}
),
measured AS (
  SELECT c.*,
         -- A share of the base, cut off; in two parts, because their product needs not fit.
         GREATEST($least, base // 10000 * $share_bp + base % 10000 * $share_bp // 10000)
           AS tolerance,
         CASE WHEN c.is_absurd THEN 'figures-too-large'
              WHEN c.obstacle <> '' THEN c.obstacle
              WHEN m.is_own AND t.tax_id IS NULL THEN 'source-silent'
              WHEN m.state <> 'complete' THEN 'source-' || m.state
              WHEN {is_about_returns} AND EXISTS (
                SELECT 1 FROM awaited a WHERE a.tax_id = c.tax_id AND a.period = c.period
              ) THEN 'return-not-due' ELSE '' END AS reason
  FROM bounded c
  JOIN months m ON m.layout = c.layout AND m.period = c.period
  LEFT JOIN told t ON t.layout = c.layout AND t.tax_id = c.tax_id AND t.period = c.period
),
shifted AS (
  SELECT DISTINCT x.tax_id, x.product_code
  FROM measured x JOIN measured n
    ON n.tax_id = x.tax_id AND n.product_code = x.product_code
  WHERE x.period = $period AND n.period <> x.period AND x.reason = '' AND n.reason = ''
    AND ABS(x.difference) > x.tolerance
    AND SIGN(n.difference) = -SIGN(x.difference) AND ABS(n.difference) > n.tolerance
    AND ABS(n.difference + x.difference) <= x.tolerance
)
SELECT m.tax_id, m.registration_id, m.product_id, m.product_code, m.declared, m.evidence,
       m.difference, m.tolerance, m.base,
       -- One side may count cases and the other cans: still a difference, and said so.
       CASE WHEN {is_of_units} AND m.reason = '' AND ABS(m.difference) > m.tolerance
             AND (ABS(m.evidence - m.declared * 6) <= m.tolerance
               OR ABS(m.evidence - m.declared * 12) <= m.tolerance
               OR ABS(m.evidence - m.declared * 24) <= m.tolerance
               OR ABS(m.evidence // 1000 - m.declared) <= m.tolerance // 1000
               OR ABS(m.declared - m.evidence * 6) <= m.tolerance
               OR ABS(m.declared - m.evidence * 12) <= m.tolerance
               OR ABS(m.declared - m.evidence * 24) <= m.tolerance
               OR ABS(m.declared // 1000 - m.evidence) <= m.tolerance // 1000)
             AND m.declared > 0 AND m.evidence > 0
              THEN 'units-suspected' ELSE m.reason END AS reason,
       CASE WHEN m.reason IN ('unknown-product', 'unknown-tax-id', 'name-differs')
              THEN 'identity-unresolved'
            WHEN m.reason <> '' THEN 'not-comparable'
            WHEN m.difference = 0 THEN 'matched'
            WHEN ABS(m.difference) <= m.tolerance THEN 'within-tolerance'
            WHEN m.verdict <> '' THEN m.verdict
            WHEN s.tax_id IS NOT NULL THEN 'period-shift'
            -- Credit notes of goods that came back may be all there is of a month.
            WHEN m.declared IS NULL AND m.difference > 0 THEN 'missing-in-return'
            WHEN m.evidence IS NULL THEN 'missing-in-source'
            WHEN m.difference > 0 THEN 'under-declared'
            ELSE 'over-declared' END AS outcome
FROM measured m
LEFT JOIN shifted s ON s.tax_id = m.tax_id AND s.product_code = m.product_code
WHERE m.period = $period
ORDER BY m.tax_id, m.product_code
