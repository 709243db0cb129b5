using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Tests.Kernel;
using Rondo.Tracking;

namespace Rondo.Tests.Tracking;

public sealed class PathMigrationTests
{
    [Fact]
    public async Task Experiments_that_were_there_before_folders_get_the_path_that_a_new_one_of_their_name_gets()
    {
        string[] names =
        [
            "Default",
            "/Users/ada/exp",
            "a//b///c/",
            "a/../b",
            "///",
            new string('/', 499) + "x",
            string.Concat(Enumerable.Repeat("a/", 250)),
        ];
        await using var kernel = await TestKernel.StartAsync();
        var scripts = TrackingModule.Schema.Scripts.TakeWhile(script => script.Name != "0009_path.sql");
        await Migrations.ApplyAsync(kernel.Database, [new ModuleSchema("tracking", [.. scripts])], kernel.Time);
        await kernel.Database.WriteAsync(async transaction =>
        {
            foreach (var (id, name) in names.Index())
            {
                await transaction.ExecuteAsync(
                    """
                    insert into tracking_experiment (id, name, artifact_location, lifecycle, created_at, updated_at)
                    values (@id, @name, '', 'active', 1, 1)
                    """,
                    new { id = (long)id, name }
                );
            }
        });

        await Migrations.ApplyAsync(kernel.Database, [TrackingModule.Schema], kernel.Time);

        var paths = await kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<string>("select path from tracking_experiment order by id")
        );
        Assert.Equal(names.Select(Place.PathOf), paths);
    }
}
