SELECT name, comment
FROM system.tables
WHERE database = {database:String}
    AND engine = 'View'
