using Rondo.Kernel.Db;

namespace Rondo.Tracking;

/// <summary>Where runs and logged models keep their files: for whoever registers what was made.</summary>
public sealed class ArtifactRoots(Database database)
{
    /// <summary>The address below which a run's files stand; null where there is no such run.</summary>
    public Task<string?> OfRunAsync(string run) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<string>("select artifact_uri from tracking_run where id = @run", new { run })
        );

    /// <summary>The address below which a logged model's files stand; null where there is no such model, or it was deleted.</summary>
    public Task<string?> OfModelAsync(string modelId) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<string>(
                "select artifact_uri from tracking_logged_model where id = @modelId and lifecycle = 'active'",
                new { modelId }
            )
        );
}
