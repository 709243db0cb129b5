using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets.Subjects;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Paging;
using Rondo.Lineage;

namespace Rondo.Datasets;

/// <summary>
/// Removes the rows of a subject from a dataset: the newest version is followed by one without them, and every version that holds them is
/// deleted, so that the bytes go when nothing else needs them, as do tables that runs computed from these versions alone. A version that a model was made from which serves, may be rolled back to, or
/// has an alias is held, unless that is overridden; one that a run takes which has not ended is always held. What was made from these versions is
/// listed. All of it happens in one transaction, after the new bytes are stored: whoever is killed before has changed nothing, and begins anew.
/// </summary>
public sealed class SubjectDeletion(
    Database database,
    IBlobStore blobs,
    EventLog log,
    LineageStore lineage,
    LineageHolds holds,
    IdSource ids,
    TimeProvider time
)
{
    /// <summary>The most things made from the versions that one report lists.</summary>
    public const int DerivedMax = 10_000;

    // Each round somebody has pushed in between.
    private const int RoundsMax = 20;
    private const int ModelsInEventMax = 100;
    private const int ReasonLengthMax = 1000;

    private readonly SubjectSurvey _survey = new(database, blobs);
    private readonly DerivationWalk _derivations = new(lineage);
    private readonly CleanedFiles _cleaned = new(database, blobs, log, time);

    /// <summary>What would be done. It changes nothing and says of each version what holds it.</summary>
    /// <exception cref="RondoException">There is no such dataset or column, or a file cannot be looked through.</exception>
    public async Task<SubjectReport> PlanAsync(
        DatasetPlace place,
        SubjectRequest request,
        CancellationToken cancellation = default
    )
    {
        var survey = await _survey.OfAsync(place, ValueOf(place, request), cancellation);
        var report = await ReportAsync(survey, request, cancellation);
        return await database.ReadAsync(
            async session =>
            {
                var versions = new List<SubjectVersion>();
                foreach (var version in report.Versions)
                {
                    versions.Add(version with { Holds = await HoldsAsync(session, version.Id) });
                }

                return report with
                {
                    Versions = versions,
                };
            },
            cancellation
        );
    }

    /// <summary>Removes the rows, and records that it did; where no version holds such rows nothing is recorded (<see cref="SubjectReport.Id"/> is null).</summary>
    /// <exception cref="RondoException">There is no such dataset or column, a file cannot be looked through, or others push all the time.</exception>
    public async Task<SubjectReport> ForgetAsync(
        DatasetPlace place,
        SubjectRequest request,
        Actor actor,
        CancellationToken cancellation = default
    )
    {
        var value = ValueOf(place, request);
        for (var round = 0; round < RoundsMax; round++)
        {
            var survey = await _survey.OfAsync(place, value, cancellation);
            var report = await ReportAsync(survey, request, cancellation);
            if (survey.Versions.Count == 0)
            {
                return report;
            }

            report = report with { Id = ids.New("forget"), Identity = SubjectIdentity.Of(value), Actor = actor.Name };
            var next = await _cleaned.MakeAsync(survey, value, cancellation);
            if (await TryPublishAsync(survey, next, report, actor, cancellation) is { } done)
            {
                return done;
            }
        }

        throw new RondoException(
            ErrorCode.Unavailable,
            $"Too many others push to dataset '{place.Dataset}' of {place.Environment} at once.",
            "Ask again: nothing was changed."
        );
    }

    /// <summary>What was done in a project, newest first; <paramref name="before"/> is the token of the page before.</summary>
    public async Task<Page<SubjectReport>> ListAsync(string project, int limit, string? before = null)
    {
        var rows = await database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                """
                select report from datasets_forgotten
                where project = @project and (@before is null or id < @before) order by id desc limit @oneMore
                """,
                new
                {
                    project,
                    before,
                    oneMore = limit + 1,
                }
            )
        );
        return Page<SubjectReport>.Of(
            [.. rows.Select(row => JsonSerializer.Deserialize<SubjectReport>(row, RondoJson.Options)!)],
            limit,
            report => report.Id!
        );
    }

    private static ColumnValue ValueOf(DatasetPlace place, SubjectRequest request)
    {
        DatasetNames.Require(place.Environment, place.Dataset);
        return request.Reason is { Length: > ReasonLengthMax }
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The reason has {request.Reason.Length} characters.",
                $"Give at most {ReasonLengthMax}, and do not name the subject in it."
            )
            : new ColumnValue(request.Column, request.Value).Checked();
    }

    private async Task<SubjectReport> ReportAsync(
        SurveyedDataset survey,
        SubjectRequest request,
        CancellationToken cancellation
    )
    {
        var place = survey.Place;
        var (derived, truncated) = await _derivations.OfAsync(place, survey.Versions);
        return new SubjectReport(
            null,
            place.Project,
            place.Environment,
            place.Dataset,
            request.Column,
            null,
            survey.Sum(rows => rows.Matches),
            survey.Sum(rows => rows.HeldBackMatches),
            survey.ButForCase,
            [
                .. survey.Versions.Select(version => new SubjectVersion(
                    DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, version),
                    version,
                    survey.Files.Where(file => file.IsIn(version)).Sum(file => file.Found.Matches),
                    SubjectVersion.Found,
                    []
                )),
            ],
            null
        )
        {
            Derived = derived,
            DerivedTruncated = truncated,
            Elsewhere = await _survey.ElsewhereAsync(survey, cancellation),
            Reason = request.Reason,
            Forced = request.Force,
        };
    }

    // Null where somebody has pushed since the files were looked through: then they are looked through again.
    private Task<SubjectReport?> TryPublishAsync(
        SurveyedDataset survey,
        MadeVersion? next,
        SubjectReport report,
        Actor actor,
        CancellationToken cancellation
    ) =>
        database.WriteAsync<SubjectReport?>(
            async transaction =>
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
                if (next is not null)
                {
                    if (!await VersionMaker.TryWriteAsync(transaction, next, actor))
                    {
                        return null;
                    }

                    await log.AppendAsync(transaction, next.ToEvent(actor));
                }
                else if (await NewestAsync(transaction, survey.Place) != survey.Newest)
                {
                    return null;
                }

                var versions = new List<SubjectVersion>();
                foreach (var version in report.Versions)
                {
                    versions.Add(await DeleteAsync(transaction, version, report, actor, at));
                }

                var held = versions.Where(v => v.State == SubjectVersion.Held).Select(v => v.Version).ToList();
                var derived = DerivationWalk.After(report.Derived, held);
                await lineage.RecordForgottenAsync(
                    transaction,
                    derived.Where(made => made.State == DerivationWalk.Released).Select(made => made.Id),
                    at
                );
                report = report with
                {
                    Versions = versions,
                    NewVersion = next?.Version.Version,
                    Derived = derived,
                    At = at,
                };
                await RecordAsync(transaction, report, actor);
                return report;
            },
            cancellation
        );

    private async ValueTask<SubjectVersion> DeleteAsync(
        Transaction transaction,
        SubjectVersion version,
        SubjectReport report,
        Actor actor,
        DateTimeOffset at
    )
    {
        // The row is taken first: whoever wants to use the version at the same time waits, and then finds it deleted.
        var taken = await transaction.ExecuteAsync(
            "update datasets_version set deleted_at = @at, deleted_by = @by where id = @Id and deleted_at is null",
            new
            {
                version.Id,
                at = at.ToUnixTimeMilliseconds(),
                by = actor.Name,
            }
        );
        var found = await FindHoldsAsync(transaction, version.Id);
        var words = found.Select(Words).ToList();
        if (found.Any(hold => !report.Forced || hold.Name == version.Id))
        {
            await transaction.ExecuteAsync(
                "update datasets_version set deleted_at = null, deleted_by = null where id = @Id",
                new { version.Id }
            );
            return version with { State = SubjectVersion.Held, Holds = words };
        }

        if (taken > 0)
        {
            await lineage.RecordDeletedAsync(
                transaction,
                new LineageDeletion(LineageDeletion.DatasetVersion, version.Id, actor, at)
            );
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    DatasetVersionDeleted.Type,
                    report.Project,
                    version.Id,
                    actor,
                    new DatasetVersionDeleted(report.Dataset, report.Environment, version.Version)
                )
            );
        }

        return version with
        {
            State = SubjectVersion.Deleted,
            Holds = words,
        };
    }

    private async ValueTask RecordAsync(Transaction transaction, SubjectReport report, Actor actor)
    {
        await transaction.ExecuteAsync(
            """
            insert into datasets_forgotten (id, project, environment, dataset, report, created_at)
            values (@Id, @Project, @Environment, @Dataset, @json, @at)
            """,
            new
            {
                report.Id,
                report.Project,
                report.Environment,
                report.Dataset,
                json = JsonSerializer.Serialize(report, RondoJson.Options),
                at = report.At!.Value.ToUnixTimeMilliseconds(),
            }
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(
                DatasetSubjectForgotten.Type,
                report.Project,
                $"{report.Project}/{report.Environment}/{report.Dataset}",
                actor,
                new DatasetSubjectForgotten(
                    report.Id!,
                    report.Dataset,
                    report.Environment,
                    report.Column,
                    report.Identity!,
                    report.Rows,
                    Numbers(report, SubjectVersion.Deleted),
                    Numbers(report, SubjectVersion.Held),
                    report.NewVersion,
                    [
                        .. report
                            .Derived.Where(made => made.Kind == "model-version")
                            .Select(made => made.Id)
                            .Take(ModelsInEventMax),
                    ],
                    report.Forced,
                    report.Reason
                )
            )
        );
    }

    private static IReadOnlyList<long> Numbers(SubjectReport report, string state) =>
        [.. report.Versions.Where(version => version.State == state).Select(version => version.Version)];

    private Task<IReadOnlyList<Hold>> FindHoldsAsync(Session session, string version) =>
        holds.OfAsync(session, LineageDeletion.DatasetVersion, version);

    private async Task<IReadOnlyList<string>> HoldsAsync(Session session, string version) =>
        [.. (await FindHoldsAsync(session, version)).Select(Words)];

    private static string Words(Hold hold) =>
        hold.Because.StartsWith("is taken by run", StringComparison.Ordinal)
            ? $"it {hold.Because}: let it end, or cancel it"
            : $"{hold.Name} was made from it, and {hold.Because}: train on the version without the rows and let that take over, or use force";

    private static async ValueTask<long> NewestAsync(Session session, DatasetPlace place) =>
        await session.ScalarAsync<long>(
            """
            select max(version) from datasets_version
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
}
