using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Versions;

/// <summary>Models and versions as lists show them, page by page: however many there are, none is left out.</summary>
internal sealed class ModelLists(Database database)
{
    private const int PerStatement = 500;

    /// <summary>The models of a project with their newest version and aliases, by name and environment.</summary>
    public Task<Page<ModelOverview>> ModelsAsync(string project, PageAsked asked)
    {
        var (environment, model) = asked.After is null ? ("", "") : TwoOf(asked);
        return database.ReadAsync(async session =>
        {
            var models = await session.QueryAsync<(string Environment, string Model, long Newest)>(
                """
                select environment, model, newest from registry_model
                where project = @project and (model > @model or (model = @model and environment > @environment))
                order by model, environment limit @OneMore
                """,
                new
                {
                    project,
                    environment,
                    model,
                    asked.OneMore,
                }
            );
            var page = Page<(string Environment, string Model, long Newest)>.Of(
                models,
                asked.Limit,
                last => $"{last.Environment}/{last.Model}"
            );
            var aliases = (
                await AliasesAsync(session, project, page.Items.Select(found => found.Model), "1 = 1")
            ).ToLookup(alias => (alias.Environment, alias.Model));
            return new Page<ModelOverview>(
                [
                    .. page.Items.Select(found => new ModelOverview(
                        project,
                        found.Environment,
                        found.Model,
                        found.Newest,
                        aliases[(found.Environment, found.Model)]
                            .ToDictionary(alias => alias.Alias, alias => alias.Version, StringComparer.Ordinal)
                    )),
                ],
                page.Next
            );
        });
    }

    /// <summary>The versions of a pipeline's model, newest first; of one environment where it is given.</summary>
    public Task<Page<ModelVersionSummary>> VersionsAsync(
        string project,
        string? environment,
        string model,
        PageAsked asked
    )
    {
        var (createdAt, version, last) = asked.After is null ? (long.MaxValue, long.MaxValue, "") : ThreeOf(asked);
        return database.ReadAsync(async session =>
        {
            var rows = await session.QueryAsync<VersionRow>(
                $"""
                select {VersionRow.Columns} from registry_version
                where project = @project and model = @model {(
                    environment is null ? "" : "and environment = @environment"
                )}
                    and (created_at < @createdAt or (created_at = @createdAt
                        and (version < @version or (version = @version and environment > @last))))
                order by created_at desc, version desc, environment limit @OneMore
                """,
                new
                {
                    project,
                    model,
                    environment,
                    createdAt,
                    version,
                    last,
                    asked.OneMore,
                }
            );
            var page = Page<VersionRow>.Of(
                rows,
                asked.Limit,
                row => string.Create(CultureInfo.InvariantCulture, $"{row.CreatedAt}/{row.Version}/{row.Environment}")
            );
            var aliases = (await AliasesOfAsync(session, project, model, page.Items)).ToLookup(alias =>
                (alias.Environment, alias.Version)
            );
            return new Page<ModelVersionSummary>(
                [
                    .. page.Items.Select(row =>
                        row.ToSummary([.. aliases[(row.Environment, row.Version)].Select(alias => alias.Alias)])
                    ),
                ],
                page.Next
            );
        });
    }

    /// <summary>What was proposed for a model and its gate did not let through, newest first; of one environment where it is given.</summary>
    public Task<Page<ModelRejection>> RejectionsAsync(
        string project,
        string? environment,
        string model,
        PageAsked asked
    )
    {
        var (createdAt, run) = asked.After is null ? (long.MaxValue, "") : AtOf(asked);
        return database.ReadAsync(async session =>
        {
            var rows = await session.QueryAsync<RejectionRow>(
                $"""
                select {RejectionRow.Columns} from registry_rejection
                where project = @project and model = @model {(
                    environment is null ? "" : "and environment = @environment"
                )}
                    and (created_at < @createdAt or (created_at = @createdAt and run_id < @run))
                order by created_at desc, run_id desc limit @OneMore
                """,
                new
                {
                    project,
                    model,
                    environment,
                    createdAt,
                    run,
                    asked.OneMore,
                }
            );
            var page = Page<RejectionRow>.Of(
                rows,
                asked.Limit,
                row => string.Create(CultureInfo.InvariantCulture, $"{row.CreatedAt}/{row.RunId}")
            );
            return new Page<ModelRejection>([.. page.Items.Select(row => row.ToRejection())], page.Next);
        });
    }

    /// <summary>The versions of a model of clients, newest first.</summary>
    public Task<Page<ClientVersion>> OfClientsAsync(string name, PageAsked asked)
    {
        var before = asked.After is { } after ? asked.Number(after) : long.MaxValue;
        return database.ReadAsync(async session =>
        {
            var key = (await RegistryReader.RequireAsync(session, name)).Key;
            var found = await session.QueryAsync<RegisteredVersion>(
                $"""
                select {RegisteredVersion.Columns} from registry_entry e
                where e.project = @Project and e.environment = @Environment and e.model = @Model and e.deleted_at is null
                    and e.version < @before
                order by e.version desc limit @OneMore
                """,
                new
                {
                    key.Project,
                    key.Environment,
                    key.Model,
                    before,
                    asked.OneMore,
                }
            );
            var page = Page<RegisteredVersion>.Of(
                found,
                asked.Limit,
                last => last.Version.ToString(CultureInfo.InvariantCulture)
            );
            var complete = await RegistryReader.CompleteAsync(session, page.Items);
            return new Page<ClientVersion>([.. complete.Select(ClientVersion.Of)], page.Next);
        });
    }

    private static async Task<IReadOnlyList<AliasRow>> AliasesOfAsync(
        Session session,
        string project,
        string model,
        IReadOnlyList<VersionRow> versions
    ) =>
        versions.Count == 0
            ? []
            : await AliasesAsync(
                session,
                project,
                [model],
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"version between {versions.Min(row => row.Version)} and {versions.Max(row => row.Version)}"
                )
            );

    private static async Task<IReadOnlyList<AliasRow>> AliasesAsync(
        Session session,
        string project,
        IEnumerable<string> models,
        string which
    )
    {
        var all = new List<AliasRow>();
        foreach (var names in models.Distinct(StringComparer.Ordinal).Chunk(PerStatement))
        {
            all.AddRange(
                await session.QueryAsync<AliasRow>(
                    $"""
                    select project, environment, model, alias, version from registry_alias
                    where project = @project and model in @names and {which} order by alias
                    """,
                    new { project, names }
                )
            );
        }

        return all;
    }

    private static (long, string) AtOf(PageAsked asked) =>
        asked.After!.Split('/', 2) is [var at, var run] ? (asked.Number(at), run) : throw asked.Bad();

    private static (string, string) TwoOf(PageAsked asked) =>
        asked.After!.Split('/', 2) is [var environment, var model] ? (environment, model) : throw asked.Bad();

    private static (long, long, string) ThreeOf(PageAsked asked) =>
        asked.After!.Split('/', 3) is [var at, var version, var environment]
            ? (asked.Number(at), asked.Number(version), environment)
            : throw asked.Bad();
}

/// <summary>Which part of a list is asked for: how many, and what the page before ended with (null: the first).</summary>
internal sealed record PageAsked(int Limit, string? After)
{
    /// <summary>One more than is shown: it tells whether there are more.</summary>
    public int OneMore => Limit + 1;

    public static PageAsked Of(int? limit, string? after) => new(PageLimit.Of(limit), after);

    /// <summary>A number in the token.</summary>
    public long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad();

    /// <summary>The token is none that a list of this kind has given.</summary>
    public RondoException Bad() =>
        new(
            ErrorCode.InvalidArgument,
            $"'{After}' is not what a page of this list ended with.",
            "Say as 'after' what the page before says as 'next', or leave it out for the first page."
        );
}
