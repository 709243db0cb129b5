using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Tracking.Access;

namespace Rondo.Tracking;

/// <summary>Where runs and logged models keep their files: for whoever registers what was made.</summary>
public sealed class ArtifactRoots
{
    private readonly Database _database;
    private readonly TrackingPlaces _places;

    internal ArtifactRoots(Database database, TrackingPlaces places)
    {
        _database = database;
        _places = places;
    }

    /// <summary>Where the experiment stands whose files are at an address; none where this server does not keep them.</summary>
    public Task<IReadOnlyList<Place>> PlacesOfAsync(string address) => _places.OfAddressAsync(address);

    /// <summary>Where a run and a logged model stand, as far as they are there.</summary>
    public async Task<IReadOnlyList<Place>> PlacesOfAsync(string? run, string? model) =>
        [
            .. run is null ? [] : await _places.OfNamedRunsAsync([run]),
            .. model is null ? [] : await _places.OfNamedModelsAsync([model]),
        ];

    /// <summary>The address below which a run's files stand; null where there is no such run.</summary>
    public Task<string?> OfRunAsync(string run) =>
        _database.ReadAsync(async session =>
            await session.ScalarAsync<string>("select artifact_uri from tracking_run where id = @run", new { run })
        );

    /// <summary>The address below which a logged model's files stand; null where there is no such model, or it was deleted.</summary>
    public Task<string?> OfModelAsync(string modelId) =>
        _database.ReadAsync(async session =>
            await session.ScalarAsync<string>(
                "select artifact_uri from tracking_logged_model where id = @modelId and lifecycle = 'active'",
                new { modelId }
            )
        );
}
