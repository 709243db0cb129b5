using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Rondo.Cli.Transfer;

/// <summary>
/// The tables of an MLflow database, of any version from 2 on: which there are, what they lack, and their rows. What a version needs and lacks is
/// told before anything is read.
/// </summary>
internal sealed class MlflowTables(DbConnection connection, DbTransaction transaction)
{
    private static readonly (string Table, string Needed, string Optional)[] s_needed =
    [
        (
            "experiments",
            "experiment_id name artifact_location lifecycle_stage",
            "creation_time last_update_time workspace"
        ),
        (
            "runs",
            "run_uuid name user_id status start_time end_time lifecycle_stage artifact_uri experiment_id",
            "deleted_time"
        ),
        ("params", "run_uuid key value", ""),
        ("tags", "run_uuid key value", ""),
        ("metrics", "run_uuid key value timestamp step is_nan", ""),
    ];

    private static readonly (string Table, string Needed, string Optional)[] s_optional =
    [
        ("experiment_tags", "experiment_id key value", ""),
        (
            "datasets",
            "dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile",
            ""
        ),
        ("inputs", "input_uuid source_type source_id destination_type destination_id", "step"),
        ("input_tags", "input_uuid name value", ""),
        (
            "logged_models",
            "model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status lifecycle_stage",
            "model_type source_run_id status_message"
        ),
        ("logged_model_params", "model_id param_key param_value", ""),
        ("logged_model_tags", "model_id tag_key tag_value", ""),
        (
            "logged_model_metrics",
            "model_id metric_name metric_timestamp_ms metric_step metric_value run_id dataset_name dataset_digest",
            ""
        ),
        ("registered_models", "name creation_time last_updated_time description", "workspace"),
        ("registered_model_tags", "name key value", ""),
        ("registered_model_aliases", "name alias version", ""),
        (
            "model_versions",
            "name version creation_time last_updated_time description user_id current_stage source run_id",
            "run_link storage_location"
        ),
        ("model_version_tags", "name version key value", ""),
    ];

    private readonly Dictionary<string, HashSet<string>> _columns = new(StringComparer.Ordinal);
    private HashSet<string> _all = [];

    /// <summary>The tables that are not there.</summary>
    public IReadOnlyList<string> Lacking => [.. s_optional.Select(table => table.Table).Where(table => !Has(table))];

    public bool Has(string table) => _columns.ContainsKey(table);

    /// <summary>Whether there is a table, also one that is not brought.</summary>
    public bool IsThere(string table) => _all.Contains(table);

    public bool Has(string table, string column) => _columns.GetValueOrDefault(table)?.Contains(column) == true;

    /// <summary>A column that not every version has, as an expression.</summary>
    public string Optional(string table, string column, string alias = "") =>
        Has(table, column) ? $"{alias}{column}" : "null";

    /// <summary>The condition that a row belongs to no workspace but the default one; the same names may stand in several.</summary>
    public string IsOfDefault(string table, string alias = "") =>
        Has(table, "workspace") ? $"({alias}workspace is null or {alias}workspace in ('', 'default'))" : "1 = 1";

    /// <summary>Looks at what is there; fails where something is needed that is not.</summary>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        _all = await TablesAsync(cancellation);
        var faults = new List<string>();
        foreach (var (table, needed, _) in s_needed.Concat(s_optional))
        {
            if (!_all.Contains(table))
            {
                if (s_needed.Any(other => other.Table == table))
                {
                    faults.Add($"there is no table {table}");
                }

                continue;
            }

            var columns = await ColumnsAsync(table, cancellation);
            _columns[table] = columns;
            faults.AddRange(
                needed
                    .Split(' ')
                    .Where(column => !columns.Contains(column))
                    .Select(column => $"{table} has no {column}")
            );
        }

        if (faults.Count > 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"This is no database of an MLflow that is known: {string.Join(", ", faults.Take(10))}.",
                "Databases of MLflow 2 and 3 are read. Nothing was written."
                    + (
                        IsSqlite || _all.Contains(s_needed[0].Table)
                            ? ""
                            : " Tables in a schema of their own are found with ?options=-csearch_path%3DSCHEMA at the end of the address."
                    )
            );
        }
    }

    /// <summary>The rows of a query, as they come.</summary>
    public async IAsyncEnumerable<MlflowRow> RowsAsync(
        string sql,
        IReadOnlyList<(string Name, object Value)> arguments,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        // The timeout of SQLite is how long to wait for a writer, not how long to read.
        command.CommandTimeout = IsSqlite ? command.CommandTimeout : 0;
        foreach (var (name, value) in arguments)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var row = new MlflowRow(reader);
        while (await reader.ReadAsync(cancellation))
        {
            yield return row;
        }
    }

    private bool IsSqlite => connection is Microsoft.Data.Sqlite.SqliteConnection;

    private async Task<HashSet<string>> TablesAsync(CancellationToken cancellation)
    {
        var sql = IsSqlite
            ? "select name from sqlite_master where type = 'table'"
            : "select table_name from information_schema.tables where table_schema = any (current_schemas(false))";
        var found = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(sql, [], cancellation))
        {
            found.Add(row.Text(0));
        }

        return found;
    }

    private async Task<HashSet<string>> ColumnsAsync(string table, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"select * from {table} where 1 = 0";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    }
}

/// <summary>The row that is being read. SQLite keeps what it was given: a number may be a text, and NaN is null.</summary>
internal sealed class MlflowRow(DbDataReader reader)
{
    public string Text(int column) => OrNull(column) ?? "";

    /// <summary>The text; a character that is not kept everywhere is replaced. Bytes are none.</summary>
    public string? OrNull(int column) => reader.IsDBNull(column) ? null : Converted(column, TextOf, "text");

    public long Number(int column) => NumberOrNull(column) ?? 0;

    public long? NumberOrNull(int column) =>
        reader.IsDBNull(column) ? null : Converted(column, Convert.ToInt64, "whole number");

    public double Value(int column) =>
        reader.IsDBNull(column) ? double.NaN : Converted(column, Convert.ToDouble, "number");

    public bool Flag(int column) => !reader.IsDBNull(column) && Converted(column, Convert.ToBoolean, "truth value");

    private T Converted<T>(int column, Func<object, IFormatProvider, T> convert, string what)
    {
        var value = reader.GetValue(column);
        try
        {
            return convert(value, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException)
        {
            var first =
                column == 0 || reader.IsDBNull(0) ? "" : $", in the row that begins with '{reader.GetValue(0)}'";
            var shown = value is byte[] bytes ? $"A value of {bytes.Length} bytes" : $"'{value}'";
            throw new FormatException($"{shown} in the column {reader.GetName(column)} is no {what}{first}.", e);
        }
    }

    private static string TextOf(object value, IFormatProvider format) =>
        value is byte[]
            ? throw new InvalidCastException()
            : Convert.ToString(value, format)?.Replace('\0', '\uFFFD') ?? "";
}
