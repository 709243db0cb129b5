using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Changes;

/// <summary>
/// The settings that changes have put over what is declared. One stands until its change is undone, or until a release declares another value of
/// the setting than the one that was replaced. Whoever calls holds the endpoint (<see cref="EndpointStore.LockAsync"/>).
/// </summary>
internal sealed class SettingStore(EventLog log)
{
    private const int SettingsMax = 1000;

    /// <summary>What stands over the declaration of an endpoint, in the order in which it was put there.</summary>
    public static async ValueTask<IReadOnlyList<StandingSetting>> ListAsync(Session session, string endpoint) =>
        [
            .. (
                await session.QueryAsync<Row>(
                    """
                    select s.setting, s.change, s.value, s.declared, s.position, c.actor, c.created_at, c.request
                    from serving_setting s join serving_change c on c.id = s.change
                    where s.endpoint = @endpoint order by s.position, s.setting limit @SettingsMax
                    """,
                    new { endpoint, SettingsMax }
                )
            ).Select(row => row.ToSetting()),
        ];

    /// <summary>Puts settings over the declaration; returns the position of the event that tells of it.</summary>
    public async ValueTask<long> PutAsync(
        Transaction transaction,
        ServedEndpoint endpoint,
        EndpointChange change,
        SettingPlan plan
    )
    {
        var changed = endpoint with { Manifest = plan.After };
        var position = await SaveAsync(transaction, (endpoint, changed), change, change.Request.Reason);
        foreach (var setting in plan.Settings)
        {
            await transaction.ExecuteAsync(
                """
                insert into serving_setting (endpoint, setting, change, value, declared, position)
                values (@Name, @Setting, @Id, @After, @declared, @position)
                """,
                new
                {
                    endpoint.Name,
                    setting.Setting,
                    change.Id,
                    setting.After,
                    declared = EndpointSetting.ValueIn(endpoint.Declared!, setting.Setting) ?? "",
                    position,
                }
            );
        }

        return position;
    }

    /// <summary>Takes away what a change has put over the declaration; what other changes have put there stays. Returns false where nothing of it stood.</summary>
    public async ValueTask<bool> RemoveAsync(Transaction transaction, ServedEndpoint endpoint, EndpointChange change)
    {
        var removed = await transaction.ExecuteAsync(
            "delete from serving_setting where endpoint = @Name and change = @Id",
            new { endpoint.Name, change.Id }
        );
        if (removed == 0)
        {
            return false;
        }

        var standing = await ListAsync(transaction, endpoint.Name);
        var restored = endpoint with { Manifest = Over(endpoint.Declared!, standing) };
        await SaveAsync(transaction, (endpoint, restored), change, change.Evidence?.Text ?? change.Request.Reason);
        return true;
    }

    /// <summary>
    /// What holds once a release has declared an endpoint anew: of a setting for which it declares another value than changes have replaced, the
    /// declaration stands again.
    /// </summary>
    public async ValueTask<EndpointManifest> ReleaseAsync(Transaction transaction, EndpointManifest declared)
    {
        var standing = await ListAsync(transaction, declared.Name);
        foreach (var over in standing.Where(setting => !StandsOver(setting, declared)))
        {
            var says = EndpointSetting.ValueIn(declared, over.Setting) is { } value
                ? $"a release declares {over.Setting} = {value}: that holds"
                : $"a release declares no {over.Setting} any more";
            await transaction.ExecuteAsync(
                "delete from serving_setting where endpoint = @Name and setting = @Setting and change = @Change",
                new
                {
                    declared.Name,
                    over.Setting,
                    over.Change,
                }
            );
            await transaction.ExecuteAsync(
                "update serving_change_target set note = @says where change = @Change and endpoint = @Name",
                new
                {
                    says,
                    over.Change,
                    declared.Name,
                }
            );
        }

        return Over(declared, standing.Where(setting => StandsOver(setting, declared)));
    }

    /// <summary>The settings in which two declarations differ, as far as both have them.</summary>
    public static IReadOnlyList<SettingChange> Differences(EndpointManifest before, EndpointManifest after) =>
        [
            .. EndpointSetting
                .Of(before)
                .Select(setting => (setting.Name, Before: setting.Read(before)))
                .Join(
                    EndpointSetting.Of(after),
                    setting => setting.Name,
                    setting => setting.Name,
                    (one, other) => new SettingChange(one.Name, one.Before, other.Read(after)),
                    StringComparer.Ordinal
                )
                .Where(setting => setting.Before != setting.After),
        ];

    private static bool StandsOver(StandingSetting setting, EndpointManifest declared) =>
        EndpointSetting.ValueIn(declared, setting.Setting) == setting.Declared;

    private static EndpointManifest Over(EndpointManifest declared, IEnumerable<StandingSetting> standing) =>
        standing.Aggregate(
            declared,
            (manifest, setting) =>
                EndpointSetting
                    .Of(manifest)
                    .First(known => known.Name == setting.Setting)
                    .Write(manifest, setting.Value)
                ?? manifest
        );

    private async ValueTask<long> SaveAsync(
        Transaction transaction,
        (ServedEndpoint Before, ServedEndpoint After) endpoint,
        EndpointChange change,
        string reason
    )
    {
        var (before, after) = endpoint;
        await EndpointStore.SaveAsync(transaction, after);
        var data = new EndpointUpdatedEvent(
            after.Name,
            after.Model.Model,
            after.Model.Environment,
            after.Manifest,
            Differences(before.Manifest!, after.Manifest!),
            reason
        );
        return await log.AppendAsync(
            transaction,
            new NewEvent(
                EndpointUpdatedEvent.Type,
                after.Model.Project,
                after.Name,
                change.Evidence is { } evidence ? new Actor(evidence.Actor) : change.Actor,
                data,
                change.Position
            )
        );
    }

    private sealed record Row
    {
        public string Setting { get; init; } = "";
        public string Change { get; init; } = "";
        public string Value { get; init; } = "";
        public string Declared { get; init; } = "";
        public long Position { get; init; }
        public string Actor { get; init; } = "";
        public long CreatedAt { get; init; }
        public string Request { get; init; } = "";

        public StandingSetting ToSetting() =>
            new(
                Setting,
                Value,
                Declared,
                Change,
                Actor,
                DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
                ChangeStore.RequestOf(Request).Reason
            );
    }
}

/// <summary>A setting that a change has put over what is declared.</summary>
internal sealed record StandingSetting(
    string Setting,
    string Value,
    string Declared,
    string Change,
    string By,
    DateTimeOffset At,
    string Reason
);
