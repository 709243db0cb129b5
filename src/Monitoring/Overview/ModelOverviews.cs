using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Registry;
using Rondo.Serving;

namespace Rondo.Monitoring.Overview;

/// <summary>
/// Brings together what the registry, serving and monitoring know of every model. What needs attention stands on top, so that all models are looked
/// at for each page; what only a picture needs is read for the page alone. The number of statements is the same for any number of models.
/// </summary>
internal sealed class ModelOverviews(
    Database database,
    ModelCatalog catalog,
    EndpointTraffic traffic,
    TimeProvider time
)
{
    private const string RiskUnknown = "unknown";
    private static readonly string[] s_risks = ["low", "medium", "high", RiskUnknown];
    private static readonly string[] s_attention = ["note", "warning", "alert"];

    /// <summary>One page, of the models of these projects (null: of all).</summary>
    public Task<ModelOverviewPage> ListAsync(OverviewQuery query, IReadOnlyCollection<string>? projects = null)
    {
        var least = (AttentionLevel)(1 + IndexOf(query.Attention, s_attention, "attention"));
        _ = IndexOf(query.Risk, s_risks, "risk");
        var after = PageStart.Of(query.After);
        var limit = PageLimit.Of(query.Limit);
        return database.ReadAsync(async session =>
        {
            var all = (await AllAsync(session, query.Project, query.Environment))
                .Where(model => projects?.Contains(model.Project, StringComparer.Ordinal) != false)
                .Where(model => query.Risk is null || (model.Risk ?? RiskUnknown) == query.Risk)
                .ToList();
            var wanted = all.Where(model => model.Attention >= least)
                .OrderByDescending(model => model.Attention)
                .ThenBy(model => model.Project, StringComparer.Ordinal)
                .ThenBy(model => model.Environment, StringComparer.Ordinal)
                .ThenBy(model => model.Model, StringComparer.Ordinal)
                .SkipWhile(model => after is not null && after.CompareTo(model) >= 0);
            var page = Page<ModelStanding>.Of([.. wanted.Take(limit + 1)], limit, model => model.PageKey());
            return new ModelOverviewPage(
                await WithWindowsAsync(session, page.Items),
                page.Next,
                new AttentionCounts(
                    all.Count,
                    all.Count(model => model.Serving.Any(endpoint => endpoint.Versions.Count > 0)),
                    all.Count(model => model.Attention == AttentionLevel.Alert),
                    all.Count(model => model.Attention == AttentionLevel.Warning),
                    all.Count(model => model.Attention == AttentionLevel.Note)
                ),
                time.GetUtcNow()
            );
        });
    }

    private async ValueTask<IReadOnlyList<ModelStanding>> AllAsync(
        Session session,
        string? project,
        string? environment
    )
    {
        var models = await catalog.ListAsync(session, project, environment);
        var endpoints = await traffic.ListAsync(session, project, environment);
        var monitors = (await MonitorStandings.ListAsync(session, project)).ToLookup(
            monitor => monitor.Endpoint,
            StringComparer.Ordinal
        );
        var versions = await catalog.VersionsAsync(
            session,
            endpoints
                .SelectMany(e => e.Shares.Select(share => ModelVersion.IdOf(e.Model, share.Version)))
                .Distinct(StringComparer.Ordinal)
        );
        var serving = endpoints.ToLookup(
            endpoint => endpoint.Model,
            endpoint => Serving(endpoint, [.. monitors[endpoint.Name]], versions)
        );
        return [.. models.Select(model => Standing(model, [.. serving[model.Key]]))];
    }

    private ServingStanding Serving(
        EndpointStanding endpoint,
        IReadOnlyList<MonitorStanding> monitors,
        IReadOnlyDictionary<string, CatalogedVersion> versions
    ) =>
        new(
            endpoint.Name,
            endpoint.Pinned,
            [
                .. endpoint.Shares.Select(share =>
                    Share(share, versions.GetValueOrDefault(ModelVersion.IdOf(endpoint.Model, share.Version)))
                ),
            ],
            endpoint.Rollout,
            endpoint.Requests,
            endpoint.Errors,
            monitors,
            [.. Concerns.Kinds.Except(monitors.Select(monitor => monitor.Kind), StringComparer.Ordinal)]
        );

    private ServedShare Share(VersionShare share, CatalogedVersion? version) =>
        new(
            share.Version,
            share.Percent,
            version?.State,
            share.Since,
            version is null ? null : (int)(time.GetUtcNow() - version.RegisteredAt).TotalDays,
            share.Failure
        );

    private static ModelStanding Standing(CatalogedModel model, IReadOnlyList<ServingStanding> serving)
    {
        var concerns = Concerns.Of(model, serving);
        return new ModelStanding(
            model.Key.Project,
            model.Key.Environment,
            model.Key.Model,
            concerns.Count == 0 ? AttentionLevel.None : concerns[0].Level,
            concerns,
            model.Newest,
            model.Risk,
            model.Owner,
            serving,
            [
                .. serving
                    .SelectMany(endpoint => endpoint.Monitors)
                    .Select(monitor => monitor.Alert)
                    .OfType<OpenAlert>()
                    .OrderByDescending(alert => alert.RaisedAt),
            ]
        );
    }

    private static async ValueTask<IReadOnlyList<ModelStanding>> WithWindowsAsync(
        Session session,
        IReadOnlyList<ModelStanding> models
    )
    {
        var endpoints = models.SelectMany(model => model.Serving).Select(serving => serving.Endpoint).ToList();
        var windows = await MonitorStandings.WindowsAsync(session, endpoints);
        return
        [
            .. models.Select(model =>
                model with
                {
                    Serving =
                    [
                        .. model.Serving.Select(serving =>
                            serving with
                            {
                                Monitors =
                                [
                                    .. serving.Monitors.Select(monitor =>
                                        monitor with
                                        {
                                            Windows = [.. windows[(monitor.Endpoint, monitor.Name)]],
                                        }
                                    ),
                                ],
                            }
                        ),
                    ],
                }
            ),
        ];
    }

    private static int IndexOf(string? value, string[] words, string name)
    {
        var index = Array.IndexOf(words, value);
        return value is null || index >= 0
            ? index
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' is '{value}'.",
                $"Use one of: {string.Join(", ", words)}."
            );
    }

    /// <summary>The key of the last model of a page, by which the next one begins.</summary>
    private sealed record PageStart(int Level, string Project, string Environment, string Model)
    {
        public static PageStart? Of(string? token)
        {
            if (token is null)
            {
                return null;
            }

            return
                token.Split('/', 4) is [var level, var project, var environment, var model]
                && int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new PageStart(number, project, environment, model)
                : throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'after' is '{token}', which ends no page of models.",
                    "Send what the page before gave as 'next', or leave it out for the first page."
                );
        }

        /// <summary>Where this key stands in the order of the pages, beside a model.</summary>
        public int CompareTo(ModelStanding other) =>
            Level != (int)other.Attention ? ((int)other.Attention).CompareTo(Level)
            : string.CompareOrdinal(Project, other.Project) is var project and not 0 ? project
            : string.CompareOrdinal(Environment, other.Environment) is var environment and not 0 ? environment
            : string.CompareOrdinal(Model, other.Model);
    }
}
