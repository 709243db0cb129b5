using Rondo.Kernel.Db;

namespace Rondo.Registry.Clients;

/// <summary>
/// Changes of one model wait for each other, whoever asks for them and on whichever server: else a version is registered while its model is deleted, or
/// two take one stage. It is taken before anything is read; after it come rows, models before versions, and events last.
/// </summary>
internal static class ModelLock
{
    /// <summary>All names of models, taken before any of them: no two get one name.</summary>
    public static ValueTask TakeNamesAsync(Transaction transaction) => transaction.LockAsync("registry.names");

    /// <summary>The models of these names.</summary>
    public static async ValueTask TakeAsync(Transaction transaction, params IEnumerable<string> names)
    {
        foreach (var name in names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await transaction.LockAsync("registry.model." + name);
        }
    }
}
