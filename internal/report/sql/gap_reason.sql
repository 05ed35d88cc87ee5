SELECT reason
FROM mnaflow.flow_gaps
WHERE {{template "series"}} AND gap_begin <= {bucket:DateTime('UTC')} AND gap_end > {bucket:DateTime('UTC')}
