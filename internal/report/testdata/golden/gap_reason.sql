SELECT reason
FROM mnaflow.flow_gaps
WHERE account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String} AND gap_begin <= {bucket:DateTime('UTC')} AND gap_end > {bucket:DateTime('UTC')}
