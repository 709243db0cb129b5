using System.Text.Json.Serialization;
using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;
using Rondo.Serving.Changes;
using Rondo.Serving.Rollouts;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>An endpoint as clients see it: what it answers with, how it does, and where its traffic is moving.</summary>
internal sealed record EndpointOverview(
    string Name,
    string Project,
    string Environment,
    string Model,
    bool Pinned,
    bool Ready,
    long Requests,
    long Errors,
    long Dropped,
    IReadOnlyList<DeploymentView> Deployments,
    RolloutView? Rollout,
    RolloutPolicy? Policy,
    DateTimeOffset CreatedAt,
    string CreatedBy
)
{
    /// <summary>What changes have put over the declaration; a list of endpoints leaves it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StandingSetting>? Changed { get; init; }
}

/// <summary>A version behind an endpoint. Counters are those of this server since it loaded the version; latencies are upper edges of buckets.</summary>
internal sealed record DeploymentView(
    long Version,
    int Percent,
    string State,
    bool Loaded,
    string? Failure,
    long Requests,
    long Errors,
    long Refused,
    long Dropped,
    long Unexpected,
    double P50Ms,
    double P99Ms
);

/// <summary>A rollout as clients see it.</summary>
internal sealed record RolloutView(
    string Id,
    long Version,
    long? Previous,
    RolloutState State,
    int Percent,
    string? Reason,
    IReadOnlyList<RolloutCheck> Checks,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    long? Cause,
    string Actor
)
{
    public static RolloutView Of(Rollout rollout) =>
        new(
            rollout.Id,
            rollout.Version,
            rollout.Previous,
            rollout.State,
            rollout.Percent,
            rollout.Reason,
            rollout.Checks,
            rollout.CreatedAt,
            rollout.FinishedAt,
            rollout.Cause,
            rollout.Actor.Name
        );
}

/// <summary>Brings together what the tables want and what this server does.</summary>
internal sealed class EndpointOverviews(
    Database database,
    DeploymentStore deployments,
    RolloutStore rollouts,
    RoutingTable routes,
    EndpointLoader loader
)
{
    /// <summary>With the settings that are not as they were declared.</summary>
    public async Task<EndpointOverview> DetailsOfAsync(ServedEndpoint endpoint) =>
        await OfAsync(endpoint) with
        {
            Changed = await database.ReadAsync(session => SettingStore.ListAsync(session, endpoint.Name).AsTask()),
        };

    public async Task<EndpointOverview> OfAsync(ServedEndpoint endpoint)
    {
        var route = routes.Find(endpoint.Name);
        var views = (await deployments.ListAsync(endpoint.Name)).Select(state => View(state, route)).ToList();
        var rollout = (await rollouts.ListAsync(endpoint.Name)) is [var newest, ..] ? newest : null;
        return new EndpointOverview(
            endpoint.Name,
            endpoint.Model.Project,
            endpoint.Model.Environment,
            endpoint.Model.Model,
            endpoint.Manifest is null,
            route?.IsReady ?? false,
            views.Sum(view => view.Requests),
            views.Sum(view => view.Errors),
            views.Sum(view => view.Dropped),
            views,
            rollout is null ? null : RolloutView.Of(rollout),
            endpoint.Manifest?.Rollout,
            endpoint.CreatedAt,
            endpoint.CreatedBy
        );
    }

    private DeploymentView View(DeploymentState state, EndpointRoute? route)
    {
        var counters = route
            ?.Deployments.FirstOrDefault(deployment => deployment.Version.Version == state.Version)
            ?.Counters.Snapshot();
        return new DeploymentView(
            state.Version,
            state.Percent,
            state.State,
            counters is not null,
            loader.FailureOf(state.Endpoint, state.Version),
            counters?.Requests ?? 0,
            counters?.Errors ?? 0,
            counters?.Refused ?? 0,
            counters?.Dropped ?? 0,
            counters?.Unexpected ?? 0,
            counters is null ? 0 : LatencyHistogram.QuantileMs(counters.Latency, null, 0.5),
            counters is null ? 0 : LatencyHistogram.QuantileMs(counters.Latency, null, 0.99)
        );
    }
}
