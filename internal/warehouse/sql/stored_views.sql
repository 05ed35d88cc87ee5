SELECT name, engine, definer, comment, formatQuerySingleLineOrNull(create_table_query)
FROM system.tables
WHERE database = {database:String}
    AND (engine LIKE '%View' OR has({names:Array(String)}, name))
