using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking;

/// <summary>What our own client needs beside MLflow's routes: a run whose id the client has chosen, so that asking twice makes one.</summary>
internal static partial class Endpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/api/v1/tracking/runs/{id}", PutAsync).NeedsSomewhere(Permission.TrackingWrite);

    private static async Task<PutRunAnswer> PutAsync(
        string id,
        PutRun asked,
        HttpContext context,
        [AsParameters] Services services
    )
    {
        if (!IdPattern().IsMatch(id))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{id}' is not the id of a run.",
                "An id is 32 digits of 0 to 9 and a to f, such as a UUID without its dashes."
            );
        }

        try
        {
            // What the caller says of a run that is there is not looked at: its experiment may have another name by now.
            if (await services.Runs.FindAsync(id) is { } there)
            {
                await services.Places.RequireAsync(context.GetCaller(), Permission.TrackingWrite, [there.Experiment]);
                return PutRunAnswer.Of(there, isNew: false);
            }

            context.GetCaller().Require(Permission.TrackingWrite, Place.Experiment(asked.Experiment ?? ""));
            var (made, isNew) = await CreateAsync(id, asked, context.GetActor(), services);
            return PutRunAnswer.Of(made, isNew);
        }
        catch (Refusal e)
        {
            throw new RondoException(ErrorCode.InvalidArgument, e.Message, inner: e);
        }
    }

    private static async Task<(RunInfo Run, bool IsNew)> CreateAsync(
        string id,
        PutRun asked,
        Actor actor,
        Services services
    )
    {
        var tags = (asked.Tags ?? []).Select(tag => new KeyValue(tag.Key, tag.Value ?? "")).ToList();
        foreach (
            var text in tags.Select(tag => tag.Value).Append(asked.Experiment).Append(asked.Name).Append(asked.User)
        )
        {
            if (text?.Contains('\0', StringComparison.Ordinal) == true)
            {
                throw Refusal.Invalid("A text has a character of code 0, which is not kept. Leave it out.");
            }
        }

        var experiment = await services.Experiments.FindOrCreateAsync(asked.Experiment ?? "", actor);
        var run = new NewRun(experiment.Id, asked.User ?? "", asked.StartedAt, asked.Name, tags);
        return await services.Runs.PutAsync(id, run, actor);
    }

    [GeneratedRegex(@"^[0-9a-f]{32}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdPattern();

    private sealed record Services(ExperimentStore Experiments, RunStore Runs, TrackingPlaces Places);

    // The time is unix milliseconds; a run without one starts now, one without a name gets one.
    private sealed record PutRun(
        string? Experiment,
        string? Name,
        string? User,
        long? StartedAt,
        Dictionary<string, string?>? Tags
    );

    // Whether it is new tells a client that has sent something of it before that the server has lost it.
    private sealed record PutRunAnswer(
        string Id,
        string ExperimentId,
        string Name,
        string Status,
        string ArtifactUri,
        bool IsNew
    )
    {
        public static PutRunAnswer Of(RunInfo info, bool isNew) =>
            new(
                info.Id,
                info.Experiment.ToString(CultureInfo.InvariantCulture),
                info.Name,
                info.Status,
                info.ArtifactUri,
                isNew
            );
    }
}
