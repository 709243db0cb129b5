using CsCheck;
using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Tests.Access;

public sealed class PlaceTests
{
    [Theory]
    [InlineData("vision", "vision/cats/resnet", true)]
    [InlineData("vision", "/vision/cats", true)]
    [InlineData("/vision/", "vision//cats", true)]
    [InlineData("vision", "vision", true)]
    [InlineData("vision", "visionary/x", false)]
    [InlineData("vision", "Vision/x", false)]
    [InlineData("vision/cats", "vision/dogs", false)]
    [InlineData("vision/cats", "vision", false)]
    [InlineData("vision", "secret/../vision/x", false)]
    [InlineData("secret", "vision/../secret/x", false)]
    [InlineData("vision", "vision/../secret/x", true)]
    [InlineData("/", "anything/at all", true)]
    [InlineData("/", "//", true)]
    [InlineData("Users/ada", "/Users/ada/exp", true)]
    [Trait("Requirement", "R142")]
    public void A_folder_holds_what_goes_on_from_its_name_after_a_slash(string folder, string experiment, bool holds) =>
        Assert.Equal(holds, Place.ParseFolder(folder).Covers(Place.Experiment(experiment)));

    [Fact]
    public void A_project_holds_the_folder_that_is_called_like_it_and_no_other_project()
    {
        var project = Place.Project("transit");

        Assert.True(project.Covers(Place.Experiment("transit/train-demand")));
        Assert.True(project.Covers(Place.Project("transit")));
        Assert.False(project.Covers(Place.Experiment("transit-2/train")));
        Assert.False(project.Covers(Place.Project("transit-2")));
        Assert.False(project.Covers(Place.Everything));
        Assert.False(Place.ParseFolder("transit").Covers(project));
        Assert.True(Place.Everything.Covers(project));
    }

    [Theory]
    [InlineData("")]
    [InlineData("vision/../secret")]
    [InlineData("./x")]
    [InlineData("a\nb")]
    public void A_folder_that_would_lead_elsewhere_is_not_granted(string folder) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<RondoException>(() => Place.ParseFolder(folder)).Code);

    [Fact]
    public void The_path_of_a_path_is_itself_and_a_folder_covers_exactly_what_is_below_it_part_by_part()
    {
        var name = Gen.Char["ab/."].Array[0, 12].Select(chars => new string(chars));
        Gen.Select(name, name)
            .Sample(
                (folder, experiment) =>
                {
                    var path = Place.PathOf(folder);
                    string[] parts = Parts(folder),
                        below = Parts(experiment);
                    return Place.PathOf(path) == path
                        && Place.FolderAt(path).Covers(Place.Experiment(experiment))
                            == (below.Length >= parts.Length && below.Take(parts.Length).SequenceEqual(parts));
                }
            );

        static string[] Parts(string text) => text.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }
}
