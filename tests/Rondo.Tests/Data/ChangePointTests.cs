using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class ChangePointTests
{
    [Fact]
    [Trait("Requirement", "R201")]
    public void The_cut_is_the_one_that_leaves_the_least_squares() =>
        Gen.Int[-20, 20]
            .Array[2, 40]
            .Sample(numbers =>
            {
                var values = numbers.Select(v => (double)v).ToArray();
                var found = ChangePoint.Of(values);
                Assert.Equal(values[..found.Index].Average(), found.Before, 1e-9);
                Assert.Equal(values[found.Index..].Average(), found.After, 1e-9);
                var least = Enumerable.Range(1, values.Length - 1).Min(Rest);
                Assert.Equal(least, Rest(found.Index), 1e-6);

                double Rest(int cut) => Squares(values[..cut]) + Squares(values[cut..]);
            });

    [Fact]
    public void One_value_has_no_cut() => Assert.Throws<RondoException>(() => ChangePoint.Of([1.0]));

    private static double Squares(double[] part) => part.Sum(v => (v - part.Average()) * (v - part.Average()));
}
