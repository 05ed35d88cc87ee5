SELECT check_name, state, count(), sum(compared_buckets)
FROM mnaflow.data_checks
WHERE verify_id = {verify_id:UUID}
GROUP BY check_name, state
ORDER BY check_name, state
