-- The row policies that apply to this user. Of a table without one for him he reads all rows.
SELECT table, short_name, coalesce(select_filter, '')
FROM system.row_policies
WHERE database = {database:String}
    AND table IN {tables:Array(String)}
    AND coalesce(select_filter, '') NOT IN ('', '1', 'true')
    AND if(
        apply_to_all,
        NOT has(apply_to_except, currentUser()),
        has(apply_to_list, currentUser()) OR hasAny(apply_to_list, arrayConcat(currentRoles(), enabledRoles())))
ORDER BY table, short_name
