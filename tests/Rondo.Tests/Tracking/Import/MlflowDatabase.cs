using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Rondo.Tests.Tracking.Import;

/// <summary>A database as MLflow's migrations make it, written with the statements that both SQLite and PostgreSQL understand.</summary>
public sealed class MlflowDatabase : IAsyncDisposable
{
    private const string Stages = "check (lifecycle_stage in ('active', 'deleted'))";
    private const string Experiment = "references experiments (experiment_id)";
    private const string Run = "references runs (run_uuid)";

    private const string Tracking = $"""
        create table runs (run_uuid varchar(32) not null primary key, name varchar(250),
            source_type varchar(20) check (source_type in ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
            source_name varchar(500), entry_point_name varchar(50), user_id varchar(256),
            status varchar(9) check (status in ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED')), start_time bigint,
            end_time bigint, source_version varchar(50), lifecycle_stage varchar(20) {Stages}, artifact_uri varchar(200),
            experiment_id integer {Experiment}, deleted_time bigint);
        create table experiment_tags (key varchar(250) not null, value varchar(5000),
            experiment_id integer not null {Experiment}, primary key (key, experiment_id));
        create table params (key varchar(250) not null, value varchar(8000) not null, run_uuid varchar(32) not null {Run},
            primary key (key, run_uuid));
        create table tags (key varchar(250) not null, value varchar(8000), run_uuid varchar(32) not null {Run},
            primary key (key, run_uuid));
        create table metrics (key varchar(250) not null, value double precision not null, timestamp bigint not null,
            run_uuid varchar(32) not null {Run}, step bigint default 0 not null, is_nan boolean default false not null,
            primary key (key, timestamp, step, run_uuid, value, is_nan));
        create table latest_metrics (key varchar(250) not null, value double precision not null, timestamp bigint,
            step bigint not null, is_nan boolean not null, run_uuid varchar(32) not null {Run}, primary key (key, run_uuid));
        """;

    private const string Newer = $"""
        create table datasets (dataset_uuid varchar(36) not null, experiment_id integer not null {Experiment} on delete cascade,
            name varchar(500) not null, digest varchar(36) not null, dataset_source_type varchar(36) not null,
            dataset_source text not null, dataset_schema text, dataset_profile text, primary key (experiment_id, name, digest));
        create table inputs (input_uuid varchar(36) not null, source_type varchar(36) not null,
            source_id varchar(36) not null, destination_type varchar(36) not null, destination_id varchar(36) not null,
            step bigint default 0 not null, primary key (source_type, source_id, destination_type, destination_id));
        create table input_tags (input_uuid varchar(36) not null, name varchar(255) not null, value varchar(500) not null,
            primary key (input_uuid, name));
        create table logged_models (model_id varchar(36) not null primary key,
            experiment_id integer not null {Experiment} on delete cascade, name varchar(500) not null,
            artifact_location varchar(1000) not null, creation_timestamp_ms bigint not null,
            last_updated_timestamp_ms bigint not null, status integer not null, lifecycle_stage varchar(32) {Stages},
            model_type varchar(500), source_run_id varchar(32), status_message varchar(1000));
        create table logged_model_metrics (model_id varchar(36) not null references logged_models (model_id),
            metric_name varchar(500) not null, metric_timestamp_ms bigint not null, metric_step bigint not null,
            metric_value double precision, experiment_id integer not null {Experiment}, run_id varchar(32) not null {Run},
            dataset_uuid varchar(36), dataset_name varchar(500), dataset_digest varchar(36),
            primary key (model_id, metric_name, metric_timestamp_ms, metric_step, run_id));
        create table logged_model_params (model_id varchar(36) not null references logged_models (model_id),
            experiment_id integer not null {Experiment}, param_key varchar(255) not null, param_value text not null,
            primary key (model_id, param_key));
        create table logged_model_tags (model_id varchar(36) not null references logged_models (model_id),
            experiment_id integer not null {Experiment}, tag_key varchar(255) not null, tag_value text not null,
            primary key (model_id, tag_key));
        create table trace_info (request_id varchar(50) not null primary key, experiment_id integer not null {Experiment},
            timestamp_ms bigint not null, execution_time_ms bigint, status varchar(50) not null);
        create table webhooks (webhook_id varchar(256) not null primary key, name varchar(256) not null,
            url varchar(500) not null, status varchar(20) default 'ACTIVE' not null, secret varchar(1000),
            deleted_timestamp bigint, workspace varchar(63) default 'default' not null);
        create table scorers (experiment_id integer not null {Experiment}, scorer_name varchar(256) not null,
            scorer_id varchar(36) not null primary key);
        """;

    private readonly DbConnection _connection;

    private MlflowDatabase(DbConnection connection) => _connection = connection;

    /// <summary>A file as MLflow 3 makes it, or as 2.3 did.</summary>
    public static Task<MlflowDatabase> CreateAsync(string file, bool old = false) =>
        CreateAsync(new SqliteConnection($"Data Source={file};Pooling=false"), old);

    public static async Task<MlflowDatabase> CreateAsync(
        DbConnection connection,
        bool old = false,
        string? schema = null
    )
    {
        await connection.OpenAsync();
        var database = new MlflowDatabase(connection);
        if (schema is not null)
        {
            await database.ExecuteAsync($"create schema \"{schema}\"; set search_path to \"{schema}\"");
        }

        await database.ExecuteAsync(Experiments(old) + Tracking + Registry(old) + (old ? "" : Newer));
        return database;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Adds a row with the properties of an object.</summary>
    public Task AddAsync(string table, object row) => AddAsync(table, [row]);

    /// <summary>Adds rows that have the properties of the first.</summary>
    public async Task AddAsync(string table, IReadOnlyList<object> rows)
    {
        var properties = rows[0].GetType().GetProperties();
        await using var transaction = await _connection.BeginTransactionAsync();
        await using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            $"insert into {table} ({string.Join(", ", properties.Select(p => $"\"{p.Name}\""))}) "
            + $"values ({string.Join(", ", properties.Select(p => "@" + p.Name))})";
        foreach (var row in rows)
        {
            command.Parameters.Clear();
            foreach (var property in properties)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@" + property.Name;
                parameter.Value = property.GetValue(row) ?? DBNull.Value;
                command.Parameters.Add(parameter);
            }

            await command.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // Newer versions tell workspaces apart, by what else was unique.
    private static (string Column, string Key) Workspace(bool old) =>
        old ? ("", "") : ("workspace varchar(63) default 'default' not null,", "workspace, ");

    private static string Experiments(bool old)
    {
        var (column, key) = Workspace(old);
        return $"""
            create table alembic_version (version_num varchar(32) not null primary key);
            create table experiments (experiment_id integer not null primary key, name varchar(256) not null,
                artifact_location varchar(256), lifecycle_stage varchar(32) {Stages}, creation_time bigint,
                last_update_time bigint, {column} unique ({key}name));

            """;
    }

    private static string Registry(bool old)
    {
        var (column, key) = Workspace(old);
        var model = $"foreign key ({key}name) references registered_models ({key}name) on update cascade";
        return $"""
            create table registered_models (name varchar(256) not null, creation_time bigint, last_updated_time bigint,
                description varchar(5000), {column} primary key ({key}name));
            create table registered_model_tags (key varchar(250) not null, value varchar(5000), name varchar(256) not null,
                {column} primary key ({key}key, name), {model});
            create table registered_model_aliases (alias varchar(256) not null, version integer not null,
                name varchar(256) not null, {column} primary key ({key}name, alias), {model} on delete cascade);
            create table model_versions (name varchar(256) not null, version integer not null, creation_time bigint,
                last_updated_time bigint, description varchar(5000), user_id varchar(256), current_stage varchar(20),
                source varchar(500), run_id varchar(32), status varchar(20), status_message varchar(500), run_link varchar(500),
                {(old ? "" : "storage_location varchar(500),")} {column} primary key ({key}name, version), {model});
            create table model_version_tags (key varchar(250) not null, value {(old ? "varchar(5000)" : "text")},
                name varchar(256) not null, version integer not null, {column} primary key ({key}key, name, version),
                foreign key ({key}name, version) references model_versions ({key}name, version) on update cascade);

            """;
    }
}
