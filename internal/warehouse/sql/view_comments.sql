SELECT name, engine, comment
FROM system.tables
WHERE database = {database:String}
    AND has({names:Array(String)}, name)
