using Microsoft.Extensions.Time.Testing;
using Rondo.Kernel.Ids;

namespace Rondo.Tests.Kernel;

public sealed class IdSourceTests
{
    [Fact]
    public void Ids_sort_in_the_order_of_their_making_also_within_a_millisecond()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var ids = new IdSource(time);
        var made = new List<string>();
        for (var i = 0; i < 1000; i++)
        {
            made.Add(ids.New("run"));
            if (i % 100 == 99)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal(made.Order(StringComparer.Ordinal), made);
        Assert.Equal(made.Count, made.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Sources_beside_each_other_make_different_ids()
    {
        var time = new FakeTimeProvider();
        IdSource[] sources = [new(time), new(time)];

        var made = sources.AsParallel().SelectMany(source => Enumerable.Range(0, 1000).Select(_ => source.New("run")));

        Assert.Equal(2000, made.Distinct(StringComparer.Ordinal).Count());
    }
}
