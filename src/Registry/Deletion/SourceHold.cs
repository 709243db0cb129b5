using Rondo.Kernel.Db;
using Rondo.Tracking.Removing;

namespace Rondo.Registry.Deletion;

/// <summary>Files that a version was registered from are needed as long as the version is there.</summary>
internal sealed class SourceHold : IArtifactHold
{
    public async ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(
        Session session,
        IReadOnlyList<string> addresses
    )
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var address in addresses)
        {
            var version = await session.ScalarAsync<string>(
                """
                select id from registry_entry where deleted_at is null
                    and (storage = @address or substr(storage, 1, @length) = @below) order by id limit 1
                """,
                new
                {
                    address,
                    below = address + "/",
                    length = address.Length + 1,
                }
            );
            if (version is not null)
            {
                held[address] = $"model version {version} was registered from its files";
            }
        }

        return held;
    }
}
