using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Rondo.Data;

/// <summary>
/// The rows of a query, on whatever database has a provider for ADO.NET (PostgreSQL, SQLite …). The query runs anew at each reading; values
/// are parameters of the query, never put into its text.
/// </summary>
/// <param name="name">What the rows are, for messages.</param>
/// <param name="open">Opens a connection, which is closed after each reading.</param>
/// <param name="sql">The query.</param>
/// <param name="parameters">Its parameters by name.</param>
public sealed class SqlSource(
    string name,
    Func<DbConnection> open,
    string sql,
    IReadOnlyDictionary<string, object>? parameters = null
) : TableSource(name)
{
    private const int RowsPerPart = 65_536;

    /// <summary>The query, as it is recorded with what was made from it.</summary>
    public string Sql => sql;

    /// <inheritdoc/>
    public override IEnumerable<Table> Read()
    {
        using var connection = open();
        using var reader = Execute(connection);
        var columns = Columns(reader);
        var rows = 0;
        while (Next(reader))
        {
            for (var i = 0; i < columns.Count; i++)
            {
                columns[i].Add(Name, reader, i);
            }

            if (++rows == RowsPerPart)
            {
                yield return Take(columns);
                rows = 0;
            }
        }

        if (rows > 0)
        {
            yield return Take(columns);
        }
    }

    private DbDataReader Execute(DbConnection connection)
    {
        try
        {
            if (connection.State != ConnectionState.Open)
            {
                connection.Open();
            }

            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (key, value) in parameters ?? new Dictionary<string, object>(StringComparer.Ordinal))
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (key, value);
                command.Parameters.Add(parameter);
            }

            return command.ExecuteReader();
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
    }

    private bool Next(DbDataReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
    }

    // The connection's address, which may hold a password, is not in the message of a provider.
    private RondoException Failed(DbException e) =>
        new(
            ErrorCode.InvalidArgument,
            $"The query of '{Name}' failed: {e.Message.TrimEnd('.')}.",
            "Correct the query, or what it reads.",
            e
        );

    private List<SqlColumn> Columns(DbDataReader reader)
    {
        var seen = new HashSet<string>(ColumnNames.Comparer);
        var columns = new List<SqlColumn>();
        for (var i = 0; i < reader.FieldCount; i++)
        {
            var column = reader.GetName(i);
            if (column.Length == 0 || !seen.Add(column))
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Column {i + 1} of the query of '{Name}' has no name of its own ('{column}')."
                    ),
                    "Give it one: select … as name."
                );
            }

            columns.Add(new SqlColumn(column, SqlColumn.TypeOf(reader.GetFieldType(i))));
        }

        return columns;
    }

    private static Table Take(List<SqlColumn> columns) => new([.. columns.Select(column => column.Take())]);
}
